/* SPDX-License-Identifier: Apache-2.0
 * Program builder: instructions, the tokens that they push and pop, and who waits for whom. */
#include "tt_prog_internal.h"

uint64_t *tt_prog_emit(tt_prog_t *prog, uint32_t opcode) {
    if (prog->count == prog->capacity)
        return NULL;
    uint64_t *instr = prog->words + (size_t)TT_ISA_WORDS * prog->count++;
    for (uint32_t w = 0; w < TT_ISA_WORDS; w++)
        instr[w] = 0;
    tt_field_set(instr, TT_F_OPCODE, opcode);
    return instr;
}

uint64_t *tt_prog_emit_load(tt_prog_t *prog, pops_t pops) {
    for (;;) {
        const pops_t now = {smaller(pops.finishes, 255u),
                            smaller(pops.a, prog->config.compact != 0u ? 255u : MAX16),
                            smaller(pops.b, 255u)};
        uint64_t *instr = tt_prog_emit(prog, TT_OP_LOAD);
        if (instr == NULL)
            return NULL;
        tt_field_set(instr, TT_F_LOAD_POP_FINISH, now.finishes);
        tt_field_set(instr, TT_F_LOAD_POP_A, now.a);
        tt_field_set(instr, TT_F_LOAD_POP_B, now.b);
        prog->state.finishes_popped += now.finishes;
        prog->state.a_popped += now.a;
        prog->state.b_popped += now.b;
        pops.finishes -= now.finishes;
        pops.a -= now.a;
        pops.b -= now.b;
        if (pops.finishes == 0u && pops.a == 0u && pops.b == 0u)
            return instr;
        tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    }
}

uint32_t tt_prog_region_claim(region_t *regions, uint32_t *n, uint32_t capacity, uint32_t lo, uint32_t words,
                              uint32_t until) {
    uint32_t wanted = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++) {
        const bool overlaps = regions[i].lo < lo + words && lo < regions[i].hi;
        const bool must_go = i == 0u && *n == capacity; /* the oldest makes room in the table */
        if (overlaps || must_go)
            wanted = larger(wanted, regions[i].until);
        else
            regions[kept++] = regions[i];
    }
    regions[kept].lo = lo;
    regions[kept].hi = lo + words;
    regions[kept].until = until;
    *n = kept + 1u;
    return wanted;
}

uint32_t tt_prog_writes_before(const tt_prog_t *prog, const tt_tensor_t *t) {
    const uint64_t end = t->addr + (uint64_t)tt_tensor_bytes(t);
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < prog->state.n_writes; i++)
        if (prog->state.writes[i].lo < end && t->addr < prog->state.writes[i].hi)
            wanted = larger(wanted, prog->state.writes[i].until);
    return wanted;
}

void tt_prog_note_write(tt_prog_t *prog, uint64_t lo, uint64_t hi) {
    struct tt_prog_state *st = &prog->state;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < st->n_writes; i++) {
        const bool known = st->writes[i].until <= st->finishes_popped;
        const bool covered = lo <= st->writes[i].lo && st->writes[i].hi <= hi;
        if (!known && !covered)
            st->writes[kept++] = st->writes[i];
    }
    if (lo < hi &&
        kept == COUNT_OF(st->writes)) { /* the two oldest become one, with the later of their tokens */
        st->writes[1].lo = st->writes[0].lo < st->writes[1].lo ? st->writes[0].lo : st->writes[1].lo;
        st->writes[1].hi = st->writes[0].hi > st->writes[1].hi ? st->writes[0].hi : st->writes[1].hi;
        kept--;
        for (uint32_t i = 0; i < kept; i++)
            st->writes[i] = st->writes[i + 1u];
    }
    if (lo < hi) {
        st->writes[kept].lo = lo;
        st->writes[kept].hi = hi;
        st->writes[kept++].until = st->finishes;
    }
    st->n_writes = kept;
}

void tt_prog_note_finish(tt_prog_t *prog, uint64_t lo, uint64_t hi) {
    prog->state.finishes++;
    tt_prog_note_write(prog, lo, hi);
}
