/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_store.h"

#include <stdlib.h>
#include <string.h>

#define AREA_ALIGNMENT 4096u /* a page: bursts split alike whatever lies before */
#define PAGES_LIMIT 0xFFFFu  /* from step to step: 16 bits */
#define INSTRUCTION_BYTES (TT_ISA_WORDS * 8u)
#define LIST_LIMIT 0xFFFFu /* instructions: the register LIST_COUNT has 16 bits */
#define FRESH_EXPONENT 20u /* of every slot; settles within a few steps */
#define STEP_TIMEOUT_MS 600000u

#include "tt_isa.h"

void tt_store_open(tt_store_t *store, tt_dev_t *dev, tt_usage_t *usage) {
    *store = (tt_store_t){.dev = dev, .config = &tt_dev_info(dev)->config, .usage = usage};
}

void tt_store_close(tt_store_t *store) {
    free(store->scratch);
    *store = (tt_store_t){0};
}

int32_t tt_store_sum_limit(const tt_store_t *store) {
    return (int32_t)((UINT32_C(1) << (store->config->w_acc - 1u)) - 1u);
}

tt_status_t tt_store_area(tt_store_t *store, uint32_t *addr, size_t bytes) {
    const uint64_t size = (bytes + AREA_ALIGNMENT - 1) / AREA_ALIGNMENT * AREA_ALIGNMENT;
    if (size > tt_dev_info(store->dev)->mem_bytes - store->next) {
        return TT_NO_MEMORY;
    }
    *addr = (uint32_t)store->next;
    store->next += size;
    return TT_OK;
}

tt_status_t tt_store_tensor(tt_store_t *store, tt_tensor_t *tensor) {
    return tt_store_area(store, &tensor->addr, tt_tensor_bytes(tensor));
}

tt_status_t tt_store_steps(tt_store_t *store, tt_tensor_t *tensor, uint32_t steps, uint32_t *pages) {
    const size_t count = (tt_tensor_bytes(tensor) + AREA_ALIGNMENT - 1) / AREA_ALIGNMENT;
    *pages = 0;
    if (steps <= 1) {
        return tt_store_tensor(store, tensor);
    }
    if (count > PAGES_LIMIT) {
        return TT_NO_MEMORY;
    }
    *pages = (uint32_t)count;
    return tt_store_area(store, &tensor->addr, steps * count * AREA_ALIGNMENT);
}

tt_tensor_t tt_store_of_step(const tt_tensor_t *tensor, uint32_t pages, uint32_t step) {
    tt_tensor_t result = *tensor;
    result.addr += step * pages * AREA_ALIGNMENT;
    return result;
}

static tt_status_t want_scratch(tt_store_t *store, size_t bytes) {
    if (bytes > store->scratch_bytes) {
        free(store->scratch);
        store->scratch = malloc(bytes);
        store->scratch_bytes = store->scratch != NULL ? bytes : 0;
    }
    return store->scratch != NULL ? TT_OK : TT_NO_MEMORY;
}

tt_status_t tt_store_put(tt_store_t *store, const tt_tensor_t *tensor, const int8_t *values) {
    const size_t bytes = tt_tensor_bytes(tensor);
    tt_status_t status = want_scratch(store, bytes);
    status = status == TT_OK ? tt_tensor_pack(store->scratch, tensor, values) : status;
    return status == TT_OK ? tt_dev_write(store->dev, tensor->addr, store->scratch, bytes) : status;
}

tt_status_t tt_store_get(tt_store_t *store, int8_t *values, const tt_tensor_t *tensor) {
    const size_t bytes = tt_tensor_bytes(tensor);
    tt_status_t status = want_scratch(store, bytes);
    status = status == TT_OK ? tt_dev_read(store->dev, tensor->addr, store->scratch, bytes) : status;
    if (status == TT_OK) {
        tt_tensor_unpack(values, tensor, store->scratch);
    }
    return status;
}

tt_status_t tt_store_put_int32(tt_store_t *store, uint32_t addr, uint32_t rows, uint32_t cols,
                               const int32_t *values) {
    const size_t bytes = tt_int32_bytes(rows, cols);
    const tt_status_t status = want_scratch(store, bytes);
    if (status != TT_OK) {
        return status;
    }
    tt_int32_pack(store->scratch, store->config, rows, cols, values);
    return tt_dev_write(store->dev, addr, store->scratch, bytes);
}

tt_status_t tt_store_get_int32(tt_store_t *store, int32_t *values, uint32_t addr, uint32_t rows,
                               uint32_t cols) {
    const size_t bytes = tt_int32_bytes(rows, cols);
    tt_status_t status = want_scratch(store, bytes);
    status = status == TT_OK ? tt_dev_read(store->dev, addr, store->scratch, bytes) : status;
    if (status == TT_OK) {
        tt_int32_unpack(values, store->config, rows, cols, store->scratch);
    }
    return status;
}

tt_status_t tt_list_open(tt_list_t *list, uint32_t capacity) {
    *list = (tt_list_t){.capacity = capacity, .words = malloc((size_t)capacity * INSTRUCTION_BYTES)};
    return list->words == NULL ? TT_NO_MEMORY : TT_OK;
}

void tt_list_close(tt_list_t *list) {
    free(list->words);
    *list = (tt_list_t){0};
}

bool tt_list_grow(tt_list_t *list, tt_status_t *status) {
    if (*status != TT_NO_MEMORY) {
        return false;
    }
    if (list->capacity == LIST_LIMIT) {
        *status = TT_TOO_LARGE;
        return false;
    }
    const uint32_t capacity = list->capacity > LIST_LIMIT / 2 ? LIST_LIMIT : 2 * list->capacity;
    uint64_t *const words = realloc(list->words, (size_t)capacity * INSTRUCTION_BYTES);
    if (words == NULL) {
        return false;
    }
    list->words = words;
    list->capacity = capacity;
    return true;
}

void tt_list_begin(const tt_store_t *store, tt_prog_t *prog, const tt_list_t *list) {
    tt_prog_init(prog, store->config, list->words, list->capacity);
}

tt_status_t tt_list_end(tt_store_t *store, tt_list_t *list, const tt_prog_t *prog) {
    if (prog->count > list->room) { /* the old area is not reclaimed */
        const uint64_t from = store->next;
        const tt_status_t status = tt_store_area(store, &list->addr, (size_t)prog->count * INSTRUCTION_BYTES);
        if (status != TT_OK) {
            return status;
        }
        list->room = (uint32_t)((store->next - from) / INSTRUCTION_BYTES);
    }
    list->count = prog->count;
    list->ideal_cycles = tt_prog_ideal_cycles(prog);
    return tt_dev_write(store->dev, list->addr, list->words, (size_t)list->count * INSTRUCTION_BYTES);
}

tt_status_t tt_list_replay(tt_store_t *store, const tt_list_t *list, uint32_t steps) {
    const uint32_t timeout = steps < UINT32_MAX / STEP_TIMEOUT_MS ? steps * STEP_TIMEOUT_MS : UINT32_MAX;
    tt_counters_t counters = {0};
    const tt_status_t status = tt_dev_run(store->dev, list->addr, list->count, steps, timeout, &counters);
    tt_usage_add(store->usage, &counters, steps * list->ideal_cycles);
    return status;
}

tt_status_t tt_list_run(tt_store_t *store, const tt_list_t *list) { return tt_list_replay(store, list, 1); }

tt_status_t tt_store_put_state(tt_store_t *store, tt_list_t *list, uint32_t addr, const uint64_t *lfsr,
                               const uint64_t *slots) {
    const uint32_t lanes = store->config->lanes;
    tt_prog_t prog;
    tt_list_begin(store, &prog, list);
    tt_status_t status = tt_prog_state_load(&prog, addr);
    status = status == TT_OK ? tt_list_end(store, list, &prog) : status;
    status = status == TT_OK ? tt_dev_write(store->dev, addr, lfsr, lanes * sizeof *lfsr) : status;
    status = status == TT_OK ? tt_dev_write(store->dev, addr + lanes * 8, slots, TT_SLOTS * sizeof *slots)
                             : status;
    return status == TT_OK ? tt_list_run(store, list) : status;
}

tt_status_t tt_store_get_state(tt_store_t *store, tt_list_t *list, uint32_t addr, uint64_t *lfsr,
                               uint64_t *slots) {
    const uint32_t lanes = store->config->lanes;
    tt_prog_t prog;
    tt_list_begin(store, &prog, list);
    tt_status_t status = tt_prog_state_store(&prog, addr);
    status = status == TT_OK ? tt_list_end(store, list, &prog) : status;
    status = status == TT_OK ? tt_list_run(store, list) : status;
    status = status == TT_OK ? tt_dev_read(store->dev, addr, lfsr, lanes * sizeof *lfsr) : status;
    return status == TT_OK ? tt_dev_read(store->dev, addr + lanes * 8, slots, TT_SLOTS * sizeof *slots)
                           : status;
}

tt_status_t tt_store_fresh_state(const tt_store_t *store, uint64_t seed, uint64_t *lfsr, uint64_t *slots) {
    for (uint32_t lane = 0; lane < store->config->lanes; lane++) {
        lfsr[lane] = tt_ref_lfsr_lane_seed(seed, lane);
        if (lfsr[lane] == 0) {
            return TT_BAD_ARG;
        }
    }
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++) {
        slots[slot] = (uint64_t)FRESH_EXPONENT << 32;
    }
    return TT_OK;
}
