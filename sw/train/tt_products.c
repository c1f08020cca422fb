/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_products.h"

void tt_products_close(tt_products_t *products) {
    if (products != NULL) {
        products->ops->close(products);
    }
}

tt_status_t tt_products_forward(tt_products_t *products, uint32_t l, float *sums, const float *input) {
    return products->ops->forward(products, l, sums, input);
}

tt_status_t tt_products_backward(tt_products_t *products, uint32_t l, float *d_weight, float *d_input,
                                 const float *error) {
    return products->ops->backward(products, l, d_weight, d_input, error);
}

tt_status_t tt_products_update(tt_products_t *products, uint32_t l, const float *step) {
    return products->ops->update(products, l, step);
}

tt_status_t tt_products_save(tt_products_t *products) { return products->ops->save(products); }

tt_status_t tt_products_load(tt_products_t *products) { return products->ops->load(products); }
