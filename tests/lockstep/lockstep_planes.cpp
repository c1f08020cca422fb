/* SPDX-License-Identifier: Apache-2.0
 * plane_decode and plane_encode of one to five planes against their C twins, exhaustively. */
#include "Vbench_planes.h"
#include "lockstep.h"

static void decode_all(Vbench_planes &dut, Report &report, unsigned planes, unsigned radix) {
    for (uint32_t code = 0; code < 1024; code++) {
        uint32_t mask = code & 31u;
        uint32_t sign = code >> 5;
        dut.mask_i = mask;
        dut.sign_i = sign;
        dut.radix3_i = radix == 3;
        dut.eval();
        report.equal(sign_extend(dut.value_o >> (9 * (planes - 1)), 9),
                     tt_ref_plane_decode(mask, sign, planes, radix), code);
    }
}

/* A wide encoder must also give the canonical code of a value of fewer planes: zeros above. */
static void encode_all(Vbench_planes &dut, Report &report, unsigned planes, unsigned radix) {
    int32_t limit = tt_ref_plane_limit(planes, radix);
    for (int32_t value = -limit; value <= limit; value++) {
        uint32_t mask = 0;
        uint32_t sign = 0;
        tt_ref_plane_encode(value, planes, radix, &mask, &sign);
        dut.value_i = static_cast<uint32_t>(value) & 0x1FFu;
        dut.radix3_i = radix == 3;
        dut.eval();
        for (unsigned wide = planes; wide <= TT_PLANES_MAX; wide++) {
            report.equal((dut.mask_o >> (5 * (wide - 1))) & 31u, mask, static_cast<uint64_t>(value + limit));
            report.equal((dut.sign_o >> (5 * (wide - 1))) & 31u, sign, static_cast<uint64_t>(value + limit));
        }
    }
}

int main(int argc, char **argv) {
    seeded(argc, argv);
    Vbench_planes dut;
    bool good = true;
    for (unsigned planes = 1; planes <= TT_PLANES_MAX; planes++) {
        char name[64];
        std::snprintf(name, sizeof name, "plane_decode PLANES=%u", planes);
        Report decode(name);
        decode_all(dut, decode, planes, 2);
        decode_all(dut, decode, planes, 3);
        good = decode.finish() && good;
        std::snprintf(name, sizeof name, "plane_encode PLANES=%u", planes);
        Report encode(name);
        encode_all(dut, encode, planes, 2);
        encode_all(dut, encode, planes, 3);
        good = encode.finish() && good;
    }
    return good ? 0 : 1;
}
