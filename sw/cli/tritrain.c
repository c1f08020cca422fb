/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "tt_cli.h"

static const char HELP[] =
    "usage: tritrain train CONFIG [--device NAME] [--set KEY=VALUE]... [--resume CHECKPOINT] [--log FILE] "
    "[--json]\n"
    "       tritrain eval CHECKPOINT|CONFIG [--device NAME] [--set KEY=VALUE]... [--json]\n"
    "       tritrain info DEVICE|CHECKPOINT|DATASET [--json]\n"
    "       tritrain bench [--workload r1] [--batch N] [--act-planes 1..5] [--device NAME] [--steps N] "
    "[--data "
    "DATASET] [--by-product] [--json]\n"
    "       tritrain --help | --version\n"
    "\n"
    "Trains binary and ternary neural networks on (simulated) FPGAs.\n"
    "  CONFIG      YAML file; configs/ has examples, configs/README.md lists every key\n"
    "  NAME        model[:base|mid|small|tiny] (bit-exact C twin), sim[:base|small|tiny] (the simulated "
    "RTL)\n"
    "              or serial:TTY (a board)\n"
    "  CHECKPOINT  safetensors file that a training run wrote\n"
    "  DATASET     folder of IDX files, or the word random: noise to measure with, which bench takes by "
    "itself\n"
    "  bench       counters and speed of a training step. Workload r1: 784-256-256-256-256-10, integer "
    "recipe; "
    "by itself at\n"
    "              batch 200 with 2 activation planes on model:base, 20 steps\n"
    "              with --by-product: of each product, what the array, the memory and the finish stage need, "
    "and cycles\n"
    "  --json      one JSON object on stdout instead of text\n"
    "Exit codes: 0 done, 1 device or output failed, 2 wrong usage or configuration, 3 unusable data set or "
    "checkpoint,\n"
    "130 interrupted (after saving the checkpoint).\n";

int tt_cli_fail(tt_status_t status, const tt_message_t *message) {
    (void)fflush(stdout);
    (void)fprintf(stderr, "tritrain: %s\n",
                  message->text[0] != '\0' ? message->text : tt_status_name(status));
    switch (status) {
    case TT_OK:
        return TT_EXIT_OK;
    case TT_BAD_ARG:
        return TT_EXIT_USAGE;
    case TT_BAD_DATA:
    case TT_IO:
        return TT_EXIT_INPUT;
    case TT_WRONG_DEVICE:
    case TT_TIMEOUT:
    case TT_DEVICE_ERROR:
    case TT_BUSY:
    case TT_NO_MEMORY:
    case TT_TOO_LARGE:
    case TT_NO_ANSWER:
        break;
    }
    return TT_EXIT_FAILED;
}

void tt_cli_print_json(cJSON *object) {
    char *const text = cJSON_PrintUnformatted(object);
    (void)printf("%s\n", text != NULL ? text : "null");
    cJSON_free(text);
    cJSON_Delete(object);
}

tt_status_t tt_cli_overrides(tt_settings_t *settings, const tt_options_t *options, tt_message_t *message) {
    tt_status_t status = TT_OK;
    for (int i = 0; status == TT_OK && i < options->set_count; i++) {
        status = tt_settings_override(settings, options->sets[i], message);
    }
    if (status == TT_OK && options->device != NULL) {
        status = tt_settings_set(settings, "device", options->device, message);
    }
    if (status == TT_OK && options->log != NULL) {
        status = tt_settings_set(settings, "output.log", options->log, message);
    }
    return status;
}

/* The length in the first eight bytes of a checkpoint has zeros, and even a damaged one has bytes that no text has. */
bool tt_cli_is_checkpoint(const char *path) {
    char head[64];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    const size_t got = fread(head, 1, sizeof head, file);
    (void)fclose(file);
    for (size_t i = 0; i < got; i++) {
        if (iscntrl((unsigned char)head[i]) && memchr("\t\n\r", head[i], 3) == NULL) {
            return true;
        }
    }
    return false;
}

static int usage(const char *what, const char *argument) {
    (void)fprintf(stderr, "tritrain: %s%s%s; see tritrain --help\n", what, argument != NULL ? " " : "",
                  argument != NULL ? argument : "");
    return TT_EXIT_USAGE;
}

/* Where the value of an option goes; NULL: no such option, or no room for more. */
static const char **option_slot(tt_options_t *options, const char *name) {
    const struct {
        const char *name, **slot;
    } once[] = {
        {"--device", &options->device},         {"--resume", &options->resume}, {"--log", &options->log},
        {"--workload", &options->workload},     {"--batch", &options->batch},   {"--steps", &options->steps},
        {"--act-planes", &options->act_planes}, {"--data", &options->data}};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        if (strcmp(name, once[i].name) == 0) {
            return once[i].slot;
        }
    }
    if (strcmp(name, "--set") == 0 && options->set_count < TT_SETS_MAX) {
        return &options->sets[options->set_count++];
    }
    return NULL;
}

static int parse(tt_options_t *options, bool has_target, int argc, char **argv) {
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            options->json = true;
        } else if (strcmp(argv[i], "--by-product") == 0) {
            options->by_product = true;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            const char **const slot = option_slot(options, argv[i]);
            if (slot == NULL) {
                return options->set_count == TT_SETS_MAX && strcmp(argv[i], "--set") == 0
                           ? usage("more than 64 of", argv[i])
                           : usage("unknown option", argv[i]);
            }
            if (i + 1 == argc) {
                return usage("a value is missing after", argv[i]);
            }
            *slot = argv[++i];
        } else if (options->target != NULL || !has_target) {
            return usage("one argument too many:", argv[i]);
        } else {
            options->target = argv[i];
        }
    }
    return options->target != NULL || !has_target ? TT_EXIT_OK
                                                  : usage("what to work on is missing after", argv[1]);
}

static int run(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(const tt_options_t *options);
        bool has_target;
    } commands[] = {{"train", tt_cli_train, true},
                    {"eval", tt_cli_eval, true},
                    {"info", tt_cli_info, true},
                    {"bench", tt_cli_bench, false}};
    tt_options_t options = {0};
    if (argc < 2) {
        return usage("no command", NULL);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        (void)fputs(HELP, stdout);
        return TT_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("tritrain " TT_VERSION_TEXT);
        return TT_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            const int code = parse(&options, commands[i].has_target, argc, argv);
            return code == TT_EXIT_OK ? commands[i].run(&options) : code;
        }
    }
    return usage("unknown command", argv[1]);
}

int main(int argc, char **argv) {
    const int code = run(argc, argv);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && (code == TT_EXIT_OK || code == TT_EXIT_STOPPED)) {
        (void)fprintf(stderr, "tritrain: cannot write the output%s%s\n", errno != 0 ? ": " : "",
                      errno != 0 ? strerror(errno) : "");
        return TT_EXIT_FAILED;
    }
    return code;
}
