/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tt_settings.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { TYPE_TEXT, TYPE_U32, TYPE_U64, TYPE_REAL, TYPE_BOOL, TYPE_CHOICE, TYPE_WIDTHS } type_t;

/* KEY_NETWORK: must agree between a checkpoint and the run that continues it. KEY_UNSAVED: does not change what is trained. */
typedef enum { KEY_PLAIN, KEY_NETWORK, KEY_UNSAVED } role_t;

typedef struct {
    const char *name;
    type_t type;
    role_t role;
    size_t offset;
    double min, max;        /* numbers */
    const char *choices[5]; /* names in the order of the enumeration */
} tt_key_t;

#define AT(field) offsetof(tt_settings_t, field)

static const tt_key_t KEYS[] = {
    {"data.path", TYPE_TEXT, KEY_PLAIN, AT(data_path), 0, 0, {NULL}},
    {"data.train_limit", TYPE_U32, KEY_PLAIN, AT(train_limit), 0, 1e9, {NULL}},
    {"data.test_limit", TYPE_U32, KEY_PLAIN, AT(test_limit), 0, 1e9, {NULL}},
    {"data.classes", TYPE_U32, KEY_NETWORK, AT(classes), 2, 256, {NULL}},
    {"device", TYPE_TEXT, KEY_UNSAVED, AT(device), 0, 0, {NULL}},
    {"seed", TYPE_U64, KEY_PLAIN, AT(seed), 0, 0, {NULL}},
    {"network.hidden", TYPE_WIDTHS, KEY_NETWORK, AT(hidden), 1, 65536, {NULL}},
    {"network.weights", TYPE_CHOICE, KEY_NETWORK, AT(weights), 0, 0, {"ternary", "binary", NULL}},
    {"network.input_planes", TYPE_U32, KEY_NETWORK, AT(input_planes), 1, 5, {NULL}},
    {"network.activation_planes", TYPE_U32, KEY_NETWORK, AT(activation_planes), 1, 5, {NULL}},
    {"network.activation_levels", TYPE_U32, KEY_NETWORK, AT(activation_levels), 0, 121, {NULL}},
    {"network.activation", TYPE_CHOICE, KEY_NETWORK, AT(activation), 0, 0, {"symmetric", "positive", NULL}},
    {"network.error_planes", TYPE_U32, KEY_NETWORK, AT(error_planes), 1, 5, {NULL}},
    {"network.batchnorm", TYPE_BOOL, KEY_NETWORK, AT(batchnorm), 0, 0, {NULL}},
    {"train.arithmetic", TYPE_CHOICE, KEY_NETWORK, AT(arithmetic), 0, 0, {"trit", "float", NULL}},
    {"train.rule", TYPE_CHOICE, KEY_NETWORK, AT(rule), 0, 0, {"r", "sr", "bc", "float", NULL}},
    {"train.optimizer", TYPE_CHOICE, KEY_NETWORK, AT(optimizer), 0, 0, {"none", "sgd", "adam", NULL}},
    {"train.loss", TYPE_CHOICE, KEY_PLAIN, AT(loss), 0, 0, {"softmax", "hinge", NULL}},
    {"train.batch", TYPE_U32, KEY_PLAIN, AT(batch), 1, 65536, {NULL}},
    {"train.epochs", TYPE_U32, KEY_PLAIN, AT(epochs), 1, 1e6, {NULL}},
    {"train.max_steps", TYPE_U32, KEY_UNSAVED, AT(max_steps), 0, 4e9, {NULL}},
    {"train.replay", TYPE_U32, KEY_UNSAVED, AT(replay), 1, 1023, {NULL}},
    {"train.rate", TYPE_REAL, KEY_PLAIN, AT(rate), 0, 1e3, {NULL}},
    {"train.rate_decay", TYPE_REAL, KEY_PLAIN, AT(rate_decay), 0, 1, {NULL}},
    {"train.error_gain", TYPE_REAL, KEY_PLAIN, AT(error_gain), 0.01, 255, {NULL}},
    {"train.momentum", TYPE_REAL, KEY_PLAIN, AT(momentum), 0, 0.9999, {NULL}},
    {"train.beta1", TYPE_REAL, KEY_PLAIN, AT(beta1), 0, 0.9999, {NULL}},
    {"train.beta2", TYPE_REAL, KEY_PLAIN, AT(beta2), 0, 0.99999, {NULL}},
    {"output.checkpoint", TYPE_TEXT, KEY_UNSAVED, AT(checkpoint), 0, 0, {NULL}},
    {"output.checkpoint_steps", TYPE_U32, KEY_UNSAVED, AT(checkpoint_steps), 0, 4e9, {NULL}},
    {"output.log", TYPE_TEXT, KEY_UNSAVED, AT(log), 0, 0, {NULL}},
    {"output.eval_epochs", TYPE_U32, KEY_UNSAVED, AT(eval_epochs), 1, 1e6, {NULL}},
    {"output.log_steps", TYPE_U32, KEY_UNSAVED, AT(log_steps), 1, 1e9, {NULL}},
};
#define N_KEYS (sizeof KEYS / sizeof KEYS[0])

void tt_settings_default(tt_settings_t *settings) {
    *settings = (tt_settings_t){
        .data_path = "/usr/share/datasets/fashion-mnist",
        .classes = 10,
        .device = "model:base",
        .seed = 1,
        .hidden = {256, 256, 256, 256},
        .hidden_count = 4,
        .input_planes = 3,
        .activation_planes = 2,
        .error_planes = 3,
        .rule = TT_RULE_SR,
        .batch = 128,
        .epochs = 1,
        .replay = 1,
        .rate = 0.03,
        .rate_decay = 1.0,
        .error_gain = 32.0,
        .momentum = 0.9,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .log_steps = 20,
        .eval_epochs = 1,
    };
}

/* Levenshtein distance; both texts are cut to 63 characters. */
static size_t edit_distance(const char *a, const char *b) {
    enum { LIMIT = 63 };
    size_t row[LIMIT + 1];
    const size_t na = strnlen(a, LIMIT), nb = strnlen(b, LIMIT);
    for (size_t j = 0; j <= nb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const size_t change = diagonal + (tolower((unsigned char)a[i - 1]) != b[j - 1]);
            const size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[nb];
}

/* Also compares with the last part of a known key, so that "rate" finds "train.rate". */
static const char *nearest_key(const char *name) {
    const char *best = KEYS[0].name;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < N_KEYS; i++) {
        const char *const dot = strchr(KEYS[i].name, '.');
        size_t distance = 2 * edit_distance(name, KEYS[i].name);
        if (dot != NULL && strchr(name, '.') == NULL) {
            const size_t tail = 2 * edit_distance(name, dot + 1) + 1;
            distance = tail < distance ? tail : distance;
        }
        if (distance < best_distance) {
            best_distance = distance;
            best = KEYS[i].name;
        }
    }
    return best;
}

static const tt_key_t *find_key(const char *name) {
    for (size_t i = 0; i < N_KEYS; i++) {
        if (strcmp(KEYS[i].name, name) == 0) {
            return &KEYS[i];
        }
    }
    return NULL;
}

/* "train", of "train.rate" and others. */
static bool is_group(const char *name) {
    const size_t length = strlen(name);
    for (size_t i = 0; i < N_KEYS; i++) {
        if (strncmp(KEYS[i].name, name, length) == 0 && KEYS[i].name[length] == '.') {
            return true;
        }
    }
    return false;
}

bool tt_settings_refuses_list(const char *key) {
    const tt_key_t *const known = find_key(key);
    return known != NULL && known->type != TYPE_WIDTHS;
}

static tt_status_t bad_value(const tt_key_t *key, const char *value, const char *wanted,
                             tt_message_t *message) {
    tt_message_set(message, "key '%s': '%.80s' is not %s", key->name, value, wanted);
    return TT_BAD_ARG;
}

static bool parse_real(const char *value, double *number) {
    char *end = NULL;
    *number = strtod(value, &end);
    return end != value && *end == '\0' && isfinite(*number);
}

static bool parse_u64(const char *value, uint64_t *number) {
    char *end = NULL;
    if (!isdigit((unsigned char)value[0])) {
        return false;
    }
    errno = 0;
    *number = strtoull(value, &end, value[0] == '0' && tolower((unsigned char)value[1]) == 'x' ? 16 : 10);
    return *end == '\0' && errno == 0;
}

static tt_status_t set_number(void *at, const tt_key_t *key, const char *value, tt_message_t *message) {
    char wanted[96];
    uint64_t whole = 0;
    double real = 0;
    if (key->type == TYPE_REAL) {
        (void)snprintf(wanted, sizeof wanted, "a number from %g to %g", key->min, key->max);
        if (!parse_real(value, &real) || real < key->min || real > key->max) {
            return bad_value(key, value, wanted, message);
        }
        memcpy(at, &real, sizeof real);
    } else if (key->type == TYPE_U64) {
        if (!parse_u64(value, &whole)) {
            return bad_value(key, value, "a whole number below 2^64", message);
        }
        memcpy(at, &whole, sizeof whole);
    } else {
        (void)snprintf(wanted, sizeof wanted, "a whole number from %.0f to %.0f", key->min, key->max);
        if (!parse_u64(value, &whole) || (double)whole < key->min || (double)whole > key->max) {
            return bad_value(key, value, wanted, message);
        }
        const uint32_t narrow = (uint32_t)whole;
        memcpy(at, &narrow, sizeof narrow);
    }
    return TT_OK;
}

static tt_status_t set_choice(void *at, const tt_key_t *key, const char *value, tt_message_t *message) {
    char wanted[96] = "one of";
    for (int i = 0; key->choices[i] != NULL; i++) {
        if (strcmp(key->choices[i], value) == 0) {
            memcpy(at, &i, sizeof i);
            return TT_OK;
        }
        const size_t used = strlen(wanted);
        (void)snprintf(wanted + used, sizeof wanted - used, "%s %s", i == 0 ? "" : ",", key->choices[i]);
    }
    return bad_value(key, value, wanted, message);
}

/* "256, 128" or "[256, 128]"; "[]" is a network without hidden layers. */
static tt_status_t set_widths(tt_settings_t *settings, const tt_key_t *key, const char *value,
                              tt_message_t *message) {
    char text[256];
    if (snprintf(text, sizeof text, "%s", value) >= (int)sizeof text) {
        return bad_value(key, value, "a list of layer widths", message);
    }
    uint32_t count = 0;
    char *save = NULL;
    for (char *word = strtok_r(text, "[], ", &save); word != NULL; word = strtok_r(NULL, "[], ", &save)) {
        uint64_t width = 0;
        if (count == TT_LAYERS_MAX - 1 || !parse_u64(word, &width) || width < 1 || width > 65536) {
            return bad_value(key, value, "a list of at most 15 layer widths from 1 to 65536", message);
        }
        settings->hidden[count++] = (uint32_t)width;
    }
    if (count == 0 && strchr(value, '[') == NULL) {
        return bad_value(key, value, "a list of layer widths ([] for none)", message);
    }
    settings->hidden_count = count;
    return TT_OK;
}

/* The code point of the UTF-8 sequence at *at, which moves behind it; UINT32_MAX: there is none. */
static uint32_t next_character(const unsigned char **at) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* shorter sequences hold what is below */
    const unsigned char first = *(*at)++;
    if (first < 0x80) {
        return first;
    }
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    uint32_t code = first & (0x3Fu >> more);
    for (int i = 0; i < more; i++) {
        if ((**at & 0xC0u) != 0x80u) {
            return UINT32_MAX;
        }
        code = code << 6 | (*(*at)++ & 0x3Fu);
    }
    const bool fits = first >= 0xC0 && first < 0xF8 && code >= least[more] && code <= 0x10FFFF;
    return fits && (code < 0xD800 || code > 0xDFFF) ? code : UINT32_MAX;
}

/* Whether a YAML scalar in quotes, and a line of the log, can hold the text as it is. */
static bool is_plain_text(const char *value) {
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0';) {
        const uint32_t code = next_character(&at);
        const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
        if (control || code == 0xFEFF || code == 0xFFFE || code == 0xFFFF || code == UINT32_MAX) {
            return false;
        }
    }
    return true;
}

static tt_status_t set_text(char *at, const tt_key_t *key, const char *value, tt_message_t *message) {
    if (strlen(value) >= TT_TEXT_MAX) {
        return bad_value(key, value, "shorter than 512 characters", message);
    }
    if (!is_plain_text(value)) { /* nor must it get into the message */
        tt_message_set(message, "key '%s': control characters and invalid UTF-8 are not allowed", key->name);
        return TT_BAD_ARG;
    }
    (void)snprintf(at, TT_TEXT_MAX, "%s", value);
    return TT_OK;
}

static tt_status_t set_value(tt_settings_t *settings, const tt_key_t *key, const char *value,
                             tt_message_t *message) {
    void *const at = (char *)settings + key->offset;
    switch (key->type) {
    case TYPE_TEXT:
        return set_text(at, key, value, message);
    case TYPE_BOOL: {
        const bool yes = strcmp(value, "true") == 0;
        if (!yes && strcmp(value, "false") != 0) {
            return bad_value(key, value, "true or false", message);
        }
        memcpy(at, &yes, sizeof yes);
        return TT_OK;
    }
    case TYPE_CHOICE:
        return set_choice(at, key, value, message);
    case TYPE_WIDTHS:
        return set_widths(settings, key, value, message);
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_REAL:
        break;
    }
    return set_number(at, key, value, message);
}

tt_status_t tt_settings_set(tt_settings_t *settings, const char *key, const char *value,
                            tt_message_t *message) {
    const tt_key_t *const known = find_key(key);
    if (known == NULL && is_group(key)) {
        tt_message_set(message, "'%s' is a group of keys and has no value of its own", key);
        return TT_BAD_ARG;
    }
    if (known == NULL) {
        tt_message_set(message, "unknown key '%.80s'; did you mean '%s'?", key, nearest_key(key));
        return TT_BAD_ARG;
    }
    return set_value(settings, known, value, message);
}

tt_status_t tt_settings_override(tt_settings_t *settings, const char *assignment, tt_message_t *message) {
    const char *const equals = strchr(assignment, '=');
    char key[128];
    if (equals == NULL || (size_t)(equals - assignment) >= sizeof key) {
        tt_message_set(message, "'%.80s' is not key=value", assignment);
        return TT_BAD_ARG;
    }
    (void)snprintf(key, sizeof key, "%.*s", (int)(equals - assignment), assignment);
    return tt_settings_set(settings, key, equals + 1, message);
}

static tt_status_t contradiction(tt_message_t *message, const char *text) {
    tt_message_set(message, "%s", text);
    return TT_BAD_ARG;
}

bool tt_settings_whole_steps(const tt_settings_t *settings) {
    return settings->optimizer == TT_OPTIMIZER_NONE && settings->rule != TT_RULE_BC &&
           settings->loss == TT_LOSS_HINGE;
}

tt_status_t tt_settings_check(const tt_settings_t *s, tt_message_t *message) {
    static const uint32_t limits[] = {0, 1, 4, 13, 40, 121};
    const bool fused = s->optimizer == TT_OPTIMIZER_NONE;
    if ((s->arithmetic == TT_ARITHMETIC_FLOAT) != (s->rule == TT_RULE_FLOAT)) {
        return contradiction(message, "train.rule float and train.arithmetic float need each other");
    }
    if (fused && s->rule == TT_RULE_FLOAT) {
        return contradiction(message, "train.arithmetic float needs train.optimizer sgd or adam");
    }
    if (fused && s->batchnorm) {
        return contradiction(
            message, "network.batchnorm is computed on the host: it needs train.optimizer sgd or adam");
    }
    if (fused && s->activation == TT_ACTIVATION_POSITIVE) {
        return contradiction(message, "network.activation positive needs train.optimizer sgd or adam");
    }
    if (s->activation_levels > limits[s->activation_planes]) {
        tt_message_set(message, "network.activation_levels %u does not fit %u planes (at most %u)",
                       (unsigned)s->activation_levels, (unsigned)s->activation_planes,
                       (unsigned)limits[s->activation_planes]);
        return TT_BAD_ARG;
    }
    if (fused && s->rate > 0.999) {
        return contradiction(message, "train.rate above 0.999 does not fit the device's multiplier");
    }
    if (s->replay > 1 && !tt_settings_whole_steps(s)) {
        return contradiction(message, "train.replay above 1 needs steps that the device makes alone: "
                                      "train.optimizer none, train.rule r or sr, train.loss hinge");
    }
    if (s->rate <= 0 || s->rate_decay <= 0) {
        return contradiction(message, "train.rate and train.rate_decay must be above 0");
    }
    if (s->train_limit != 0 && s->train_limit < s->batch) {
        return contradiction(message, "train.batch is larger than data.train_limit");
    }
    return TT_OK;
}

/* ---- back to text ---- */

/* The value as set_value reads it, YAML-quoted when it is text. */
static void format_value(char *text, size_t size, const tt_settings_t *settings, const tt_key_t *key) {
    const void *const at = (const char *)settings + key->offset;
    uint32_t number = 0;
    uint64_t wide = 0;
    double real = 0;
    int choice = 0;
    bool yes = false;
    size_t used = 0;
    switch (key->type) {
    case TYPE_TEXT:
        used += (size_t)snprintf(text, size, "'");
        for (const char *c = at; *c != '\0' && used + 4 < size; c++) { /* a quote is doubled */
            used += (size_t)snprintf(text + used, size - used, *c == '\'' ? "''" : "%c", *c);
        }
        (void)snprintf(text + used, size - used, "'");
        break;
    case TYPE_U32:
        memcpy(&number, at, sizeof number);
        (void)snprintf(text, size, "%u", (unsigned)number);
        break;
    case TYPE_U64:
        memcpy(&wide, at, sizeof wide);
        (void)snprintf(text, size, "%llu", (unsigned long long)wide);
        break;
    case TYPE_REAL:
        memcpy(&real, at, sizeof real);
        (void)snprintf(text, size, "%.15g", real);
        if (strtod(text, NULL) != real) { /* shorter reads better, where it suffices */
            (void)snprintf(text, size, "%.17g", real);
        }
        break;
    case TYPE_BOOL:
        memcpy(&yes, at, sizeof yes);
        (void)snprintf(text, size, yes ? "true" : "false");
        break;
    case TYPE_CHOICE:
        memcpy(&choice, at, sizeof choice);
        (void)snprintf(text, size, "%s", key->choices[choice]);
        break;
    case TYPE_WIDTHS:
        used += (size_t)snprintf(text, size, "[");
        for (uint32_t i = 0; i < settings->hidden_count; i++) {
            used += (size_t)snprintf(text + used, size - used, i == 0 ? "%u" : ", %u",
                                     (unsigned)settings->hidden[i]);
        }
        (void)snprintf(text + used, size - used, "]");
        break;
    }
}

size_t tt_settings_format(const tt_settings_t *settings, char *text, size_t size) {
    char value[2 * TT_TEXT_MAX + 8];
    size_t used = 0;
    for (size_t i = 0; i < N_KEYS; i++) {
        if (KEYS[i].role == KEY_UNSAVED) {
            continue;
        }
        format_value(value, sizeof value, settings, &KEYS[i]);
        const size_t left = used < size ? size - used : 0;
        used += (size_t)snprintf(left > 0 ? text + used : NULL, left, "%s: %s\n", KEYS[i].name, value);
    }
    return used;
}

tt_status_t tt_settings_compatible(const tt_settings_t *wanted, const tt_settings_t *saved,
                                   tt_message_t *message) {
    char a[2 * TT_TEXT_MAX + 8], b[2 * TT_TEXT_MAX + 8];
    for (size_t i = 0; i < N_KEYS; i++) {
        if (KEYS[i].role != KEY_NETWORK) {
            continue;
        }
        format_value(a, sizeof a, wanted, &KEYS[i]);
        format_value(b, sizeof b, saved, &KEYS[i]);
        if (strcmp(a, b) != 0) {
            tt_message_set(message,
                           "checkpoint of another network: its %s is %.100s, the configuration's is %.100s",
                           KEYS[i].name, b, a);
            return TT_BAD_DATA;
        }
    }
    return TT_OK;
}
