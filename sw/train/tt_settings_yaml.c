/* SPDX-License-Identifier: Apache-2.0
 * YAML events to dotted keys: nested mappings of scalars, and flat sequences of scalars. */
#include "tt_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 4u
#define SEEN_MAX 64u

typedef struct {
    tt_settings_t *settings;
    tt_message_t *message;
    const char *name;
    char prefix[DEPTH_MAX][128]; /* "network." of each open mapping */
    size_t depth;                /* open mappings */
    char key[128];               /* dotted; empty: the next scalar is a key */
    bool began;                  /* any mapping, if an empty one */
    bool in_list;
    char list[256];
    char seen[SEEN_MAX][128];
    size_t seen_count;
} reader_t;

static tt_status_t fail(const reader_t *reader, size_t line, const char *text) {
    tt_message_set(reader->message, "%s:%zu: %s", reader->name, line + 1, text);
    return TT_BAD_DATA;
}

static tt_status_t assign(reader_t *reader, const char *value, size_t line) {
    tt_message_t inner = {{0}};
    for (size_t i = 0; i < reader->seen_count; i++) {
        if (strcmp(reader->seen[i], reader->key) == 0) {
            (void)snprintf(inner.text, sizeof inner.text, "key '%s' is set twice", reader->key);
            return fail(reader, line, inner.text);
        }
    }
    const tt_status_t status = tt_settings_set(reader->settings, reader->key, value, &inner);
    if (status != TT_OK) {
        (void)fail(reader, line, inner.text);
        return status;
    }
    if (reader->seen_count < SEEN_MAX) {
        (void)snprintf(reader->seen[reader->seen_count++], sizeof reader->seen[0], "%s", reader->key);
    }
    reader->key[0] = '\0';
    return TT_OK;
}

static tt_status_t on_scalar(reader_t *reader, const char *text, size_t line) {
    if (reader->depth == 0) {
        return fail(reader, line, "a mapping of keys is expected");
    }
    if (reader->in_list) {
        const size_t used = strlen(reader->list);
        const int more =
            snprintf(reader->list + used, sizeof reader->list - used, used > 1 ? ", %s" : "%s", text);
        return more < 0 || used + (size_t)more + 1 >= sizeof reader->list
                   ? fail(reader, line, "list too long")
                   : TT_OK;
    }
    if (reader->key[0] != '\0') {
        return assign(reader, text, line);
    }
    const char *const prefix = reader->prefix[reader->depth - 1];
    const int length = snprintf(reader->key, sizeof reader->key, "%.100s%.100s", prefix, text);
    return length <= 0 || (size_t)length >= sizeof reader->key ? fail(reader, line, "bad key") : TT_OK;
}

static tt_status_t on_mapping(reader_t *reader, size_t line) {
    if (reader->in_list || reader->depth == DEPTH_MAX || (reader->depth > 0 && reader->key[0] == '\0')) {
        return fail(reader, line, "a mapping does not belong here");
    }
    char *const prefix = reader->prefix[reader->depth];
    const int length =
        reader->depth == 0 ? snprintf(prefix, 128, "%s", "") : snprintf(prefix, 128, "%.126s.", reader->key);
    reader->depth++;
    reader->began = true;
    reader->key[0] = '\0';
    return length < 0 || length >= 128 ? fail(reader, line, "key too long") : TT_OK;
}

static tt_status_t on_event(reader_t *reader, const yaml_event_t *event) {
    const size_t line = event->start_mark.line;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(reader, (const char *)event->data.scalar.value, line);
    case YAML_MAPPING_START_EVENT:
        return on_mapping(reader, line);
    case YAML_MAPPING_END_EVENT:
        reader->depth--;
        reader->key[0] = '\0';
        return TT_OK;
    case YAML_SEQUENCE_START_EVENT:
        if (reader->in_list || reader->key[0] == '\0') {
            return fail(reader, line, "a list does not belong here");
        }
        if (tt_settings_refuses_list(reader->key)) {
            return fail(reader, line, "a list does not belong here");
        }
        reader->in_list = true;
        (void)snprintf(reader->list, sizeof reader->list, "[");
        return TT_OK;
    case YAML_SEQUENCE_END_EVENT:
        reader->in_list = false;
        (void)strcat(reader->list, "]"); /* on_scalar leaves room */
        return assign(reader, reader->list, line);
    case YAML_ALIAS_EVENT:
        return fail(reader, line, "aliases are not supported");
    case YAML_STREAM_END_EVENT:
        return reader->began ? TT_OK : fail(reader, line, "empty: there are no keys");
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return TT_OK;
}

tt_status_t tt_settings_parse(tt_settings_t *settings, const char *text, size_t size, const char *name,
                              tt_message_t *message) {
    reader_t *reader = calloc(1, sizeof *reader);
    yaml_parser_t parser;
    if (reader == NULL || yaml_parser_initialize(&parser) == 0) {
        free(reader);
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    *reader = (reader_t){.settings = settings, .message = message, .name = name};
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    tt_status_t status = TT_OK;
    bool more = true;
    while (status == TT_OK && more) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            status =
                fail(reader, parser.problem_mark.line, parser.problem != NULL ? parser.problem : "not YAML");
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        status = on_event(reader, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    free(reader);
    return status;
}

tt_status_t tt_settings_load(tt_settings_t *settings, const char *path, tt_message_t *message) {
    enum { SIZE_LIMIT = 1 << 20 };
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        tt_message_set(message, "%s: cannot open: %s", path, strerror(errno));
        return TT_IO;
    }
    char *text = malloc(SIZE_LIMIT);
    const size_t size = text != NULL ? fread(text, 1, SIZE_LIMIT, file) : 0;
    const bool failed = ferror(file) != 0;
    (void)fclose(file);
    tt_status_t status = TT_OK;
    if (text == NULL || failed) {
        tt_message_set(message, "%s: %s", path, text == NULL ? "no memory" : "cannot be read");
        status = text == NULL ? TT_NO_MEMORY : TT_IO;
    } else if (size == SIZE_LIMIT) {
        tt_message_set(message, "%s: too large for a configuration", path);
        status = TT_BAD_DATA;
    } else {
        status = tt_settings_parse(settings, text, size, path, message);
    }
    free(text);
    return status;
}
