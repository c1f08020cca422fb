/* SPDX-License-Identifier: Apache-2.0
 * tritrain bench --by-product: what each product of a training step of R1 costs, and what limits it. The step is one list, as it is
 * when labels lie in the device's memory; time is that of the C twin, of list after list that is one product longer. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "tt_cli.h"
#include "tt_config.h"
#include "tt_exec.h"
#include "tt_isa.h"

#define LAYERS 5u
#define PRODUCTS (3u * LAYERS - 1u)
#define INPUT_PLANES 3u
#define ERROR_PLANES 3u
#define TARGET_PLANES 2u
#define PAGE 4096u
#define LIST_CAPACITY 4096u
#define LIST_ADDR 0u
#define MEM_BYTES ((size_t)1 << 28)
#define LATENCY 30u
#define WATCHDOG 1000000u

static const uint32_t WIDTH[LAYERS + 1u] = {784, 256, 256, 256, 256, 10};

typedef struct {
    tt_tensor_t input[LAYERS], weight[LAYERS], error[LAYERS], target;
} net_t;

typedef struct {
    const char *kind;
    uint32_t layer; /* from 1 on */
    tt_operand_t a, b;
    tt_finish_t finish;
    uint32_t rows, cols, depth;
} product_t;

static tt_tensor_t place(uint32_t *next, uint32_t rows, uint32_t cols, uint32_t planes) {
    const tt_tensor_t t = {.addr = *next, .rows = rows, .cols = cols, .planes = planes, .radix = 3};
    *next += ((uint32_t)tt_tensor_bytes(&t) + PAGE - 1u) / PAGE * PAGE;
    return t;
}

static net_t net_of(uint32_t batch, uint32_t act_planes) {
    uint32_t next = LIST_ADDR + LIST_CAPACITY * TT_ISA_WORDS * 8u;
    net_t net;
    for (uint32_t l = 0; l < LAYERS; l++) {
        net.weight[l] = place(&next, WIDTH[l + 1u], WIDTH[l], 1);
        net.input[l] = place(&next, batch, WIDTH[l], l == 0u ? INPUT_PLANES : act_planes);
        net.error[l] = place(&next, batch, WIDTH[l + 1u], ERROR_PLANES);
    }
    net.target = place(&next, batch, WIDTH[LAYERS], TARGET_PLANES);
    return net;
}

static product_t forward(const net_t *net, uint32_t l) {
    const bool output = l + 1u == LAYERS;
    return (product_t){.kind = "forward",
                       .a = {.tensor = net->input[l]},
                       .b = {.tensor = net->weight[l]},
                       .finish = {.out = output ? net->error[l] : net->input[l + 1u],
                                  .aux_kind = output ? TT_AUX_OLD : TT_AUX_NONE, /* labels cost the same */
                                  .aux = net->target}};
}

static product_t input_gradient(const net_t *net, uint32_t l) {
    return (product_t){
        .kind = "input gradient",
        .a = {.tensor = net->error[l]},
        .b = {.tensor = net->weight[l], .transpose = true},
        .finish = {.out = net->error[l - 1u], .aux_kind = TT_AUX_STE, .aux = net->input[l], .ste_limit = 1}};
}

static product_t weight_gradient(const net_t *net, uint32_t l) {
    return (product_t){.kind = "weight gradient",
                       .a = {.tensor = net->error[l], .transpose = true},
                       .b = {.tensor = net->input[l], .transpose = true},
                       .finish = {.out = net->weight[l], .aux_kind = TT_AUX_OLD, .aux = net->weight[l]}};
}

/* In the order of the list: forward, then from the last layer on input gradient (but of the first) and weight gradient. */
static product_t product_of(const net_t *net, uint32_t i) {
    const uint32_t back = i < LAYERS ? 0u : i - LAYERS;
    const uint32_t l = i < LAYERS ? i : LAYERS - 1u - back / 2u;
    product_t p = i < LAYERS                  ? forward(net, l)
                  : back % 2u == 0u && l > 0u ? input_gradient(net, l)
                                              : weight_gradient(net, l);
    p.layer = l + 1u;
    p.finish.slot = -1;
    p.rows = p.a.transpose ? p.a.tensor.cols : p.a.tensor.rows;
    p.depth = p.a.transpose ? p.a.tensor.rows : p.a.tensor.cols;
    p.cols = p.b.transpose ? p.b.tensor.cols : p.b.tensor.rows;
    return p;
}

static uint64_t up(uint32_t elements, uint32_t unit) { return (elements + unit - 1u) / unit; }

static uint64_t most(uint64_t a, uint64_t b) { return a > b ? a : b; }

static void add_product(cJSON *rows, const tt_config_t *config, const product_t *p,
                        const tt_counters_t *before, const tt_counters_t *after) {
    const uint64_t blocks = up(p->rows, TT_BLOCK) * up(p->cols, TT_BLOCK);
    const uint64_t tiles = TT_BLOCK * TT_BLOCK / (config->m * config->n);
    const uint64_t aux = p->finish.aux_kind == TT_AUX_NONE ? 0u : 2u * p->finish.aux.planes;
    const uint64_t lanes = TT_BLOCK * TT_BLOCK / config->lanes + most(aux, 1); /* a cycle to the next tile */
    const uint64_t array = blocks * tiles * up(p->depth, config->k) * p->a.tensor.planes * p->b.tensor.planes;
    const uint64_t finish = blocks * most(lanes, 2u * p->finish.out.planes + 2u);
    const uint64_t read = after->beats_read - before->beats_read;
    const uint64_t longest = most(array, most(read, finish));
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"layer", p->layer},
                  {"rows", p->rows},
                  {"columns", p->cols},
                  {"depth", p->depth},
                  {"planes_a", p->a.tensor.planes},
                  {"planes_b", p->b.tensor.planes},
                  {"array", array},
                  {"read", read},
                  {"written", after->beats_written - before->beats_written},
                  {"finish", finish},
                  {"cycles", after->cycles - before->cycles}};
    cJSON *const row = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(row, "product", p->kind);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        (void)cJSON_AddNumberToObject(row, counts[i].name, (double)counts[i].value);
    }
    (void)cJSON_AddStringToObject(row, "limit",
                                  longest == array  ? "array"
                                  : longest == read ? "memory"
                                                    : "finish");
    (void)cJSON_AddItemToArray(rows, row);
}

/* NULL with *status set when a product does not fit the configuration. */
static cJSON *measure(const tt_config_t *config, const net_t *net, uint64_t *words, void *storage,
                      tt_status_t *status) {
    const tt_ref_memory_t memory = {.latency = LATENCY, .beat_interval = 1};
    tt_counters_t before = {0};
    tt_prog_t prog;
    cJSON *const rows = cJSON_CreateArray();
    tt_prog_init(&prog, config, words, LIST_CAPACITY);
    for (uint32_t i = 0; *status == TT_OK && i < PRODUCTS; i++) {
        const product_t p = product_of(net, i);
        tt_counters_t after;
        *status = tt_prog_matmul(&prog, &p.a, &p.b, &p.finish);
        if (*status == TT_OK && tt_ref_timing_run(storage, config, &memory, MEM_BYTES, words, LIST_ADDR,
                                                  prog.count, 1, WATCHDOG, &after) != TT_DEV_ERR_NONE) {
            *status = TT_DEVICE_ERROR;
        }
        if (*status == TT_OK) {
            add_product(rows, config, &p, &before, &after);
            before = after;
        }
    }
    return rows;
}

/* One line per product, the columns of the JSON object. */
static void print(const cJSON *rows) {
    for (const cJSON *item = rows->child != NULL ? rows->child->child : NULL; item != NULL;
         item = item->next) {
        (void)printf("%-*s", item == rows->child->child ? 17 : 9, item->string);
    }
    for (const cJSON *row = rows->child; row != NULL; row = row->next) {
        (void)printf("\n%-17s", row->child->valuestring);
        for (const cJSON *item = row->child->next; item->next != NULL; item = item->next) {
            (void)printf("%-9.0f", item->valuedouble);
        }
        (void)printf("%s", cJSON_GetObjectItem(row, "limit")->valuestring);
    }
    (void)printf("\n");
}

/* The configuration of model:NAME or sim:NAME. NULL: another device. */
static const tt_config_t *config_of(const char *device) {
    char name[TT_TEXT_MAX] = "base";
    const char *const colon = strchr(device, ':');
    if (strncmp(device, "model", 5) != 0 && strncmp(device, "sim", 3) != 0) {
        return NULL;
    }
    if (colon != NULL) {
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(colon + 1, ","), colon + 1);
    }
    return tt_config_find(name);
}

int tt_cli_bench_products(const tt_settings_t *settings, bool json) {
    tt_message_t message = {{0}};
    const tt_config_t *const config = config_of(settings->device);
    if (config == NULL) {
        tt_message_set(&message, "--by-product needs model:NAME, not '%s'", settings->device);
        return tt_cli_fail(TT_BAD_ARG, &message);
    }
    const net_t net = net_of(settings->batch, settings->activation_planes);
    uint64_t *const words = calloc((size_t)LIST_CAPACITY * TT_ISA_WORDS, sizeof *words);
    void *const storage = malloc(tt_ref_timing_size(config));
    tt_status_t status = words != NULL && storage != NULL ? TT_OK : TT_NO_MEMORY;
    cJSON *const rows = status == TT_OK ? measure(config, &net, words, storage, &status) : NULL;
    free(words);
    free(storage);
    if (status == TT_OK && json) {
        cJSON *const object = cJSON_CreateObject();
        (void)cJSON_AddItemToObject(object, "products", rows);
        tt_cli_print_json(object);
        return TT_EXIT_OK;
    }
    if (status == TT_OK) {
        print(rows);
    }
    cJSON_Delete(rows);
    return status == TT_OK ? TT_EXIT_OK : tt_cli_fail(status, &message);
}
