/* SPDX-License-Identifier: Apache-2.0
 * Configuration: YAML, overrides, messages. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "tt_settings.h"

static tt_settings_t settings;
static tt_message_t message;

static tt_status_t parse(const char *text) {
    tt_settings_default(&settings);
    message.text[0] = '\0';
    return tt_settings_parse(&settings, text, strlen(text), "file.yaml", &message);
}

static void expect(const char *text, const char *words) {
    assert_int_not_equal(parse(text), TT_OK);
    if (strstr(message.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, message.text);
    }
    assert_null(strchr(message.text, '\n'));
}

static void test_reads_every_type(void **state) {
    (void)state;
    assert_int_equal(parse("seed: 18446744073709551615\n"
                           "device: 'sim:tiny,stall=3'\n"
                           "network:\n  hidden: [7, 8,9]\n  weights: binary\n  batchnorm: true\n"
                           "train:\n  rate: 2.5e-3\n  rule: bc\n  batch: 31\n"),
                     TT_OK);
    assert_true(settings.seed == UINT64_MAX);
    assert_string_equal(settings.device, "sim:tiny,stall=3");
    assert_int_equal(settings.hidden_count, 3);
    assert_int_equal(settings.hidden[0], 7);
    assert_int_equal(settings.hidden[2], 9);
    assert_int_equal(settings.weights, TT_WEIGHTS_BINARY);
    assert_true(settings.batchnorm);
    assert_true(settings.rate == 2.5e-3);
    assert_int_equal(settings.rule, TT_RULE_BC);
    assert_int_equal(settings.batch, 31);
    assert_int_equal(parse("network: {hidden: []}"), TT_OK);
    assert_int_equal(settings.hidden_count, 0);
}

static void test_unknown_keys(void **state) {
    (void)state;
    expect("train:\n  bach: 3\n", "file.yaml:2: unknown key 'train.bach'; did you mean 'train.batch'?");
    expect("sed: 3\n", "did you mean 'seed'?");
    expect("rate: 3\n", "did you mean 'train.rate'?");
    expect("network:\n  weight: binary\n", "did you mean 'network.weights'?");
}

static void test_wrong_values(void **state) {
    (void)state;
    expect("train:\n  rule: srr\n", "'srr' is not one of r, sr, bc, float");
    expect("train:\n  batch: 0\n", "'0' is not a whole number from 1 to 65536");
    expect("train:\n  batch: 12x\n", "whole number");
    expect("train:\n  batch: -5\n", "whole number");
    expect("train:\n  rate: fast\n", "'fast' is not a number");
    expect("train:\n  rate: nan\n", "is not a number");
    expect("network:\n  batchnorm: maybe\n", "true or false");
    expect("network:\n  hidden: [1, 0]\n", "layer widths");
    expect("seed: 99999999999999999999\n", "below 2^64");
    expect("network:\n  hidden:\n", "'' is not a list of layer widths ([] for none)");
    expect("network: []\n", "'network' is a group of keys");
    expect("train: 5\n", "'train' is a group of keys");
    assert_int_equal(parse("seed: 0x1F\ntrain: {batch: 010}\n"), TT_OK);
    assert_true(settings.seed == 31);
    assert_int_equal(settings.batch, 10);
}

static void test_wrong_yaml(void **state) {
    (void)state;
    expect("seed: [1\n", "file.yaml:");
    expect("- 1\n", "file.yaml:1: a list does not belong here");
    expect("seed: 1\nseed: 2\n", "file.yaml:2: key 'seed' is set twice");
    expect("just text\n", "a mapping of keys is expected");
    expect("a: &x 1\n", "unknown key 'a'");
    expect("", "empty: there are no keys");
    expect("# only a comment\n", "empty: there are no keys");
    expect("train: {batch: [5]}\n", "file.yaml:1: a list does not belong here");
    expect("data: {path: [a]}\n", "a list does not belong here");
    expect("network:\n  hidden: {a: 1}\n", "unknown key");
}

static void test_overrides(void **state) {
    (void)state;
    tt_settings_default(&settings);
    assert_int_equal(tt_settings_override(&settings, "train.epochs=12", &message), TT_OK);
    assert_int_equal(settings.epochs, 12);
    assert_int_equal(tt_settings_override(&settings, "network.hidden=5,6", &message), TT_OK);
    assert_int_equal(settings.hidden_count, 2);
    assert_int_equal(settings.hidden[1], 6);
    assert_int_equal(tt_settings_override(&settings, "train.epochs", &message), TT_BAD_ARG);
    assert_non_null(strstr(message.text, "'train.epochs' is not key=value"));
    assert_int_equal(tt_settings_override(&settings, "train.epoch=3", &message), TT_BAD_ARG);
    assert_non_null(strstr(message.text, "did you mean 'train.epochs'?"));
}

/* What a checkpoint stores is read back as it was, odd characters included, and leaves out where it ran. */
static void test_round_trip(void **state) {
    (void)state;
    char first[4096], second[4096];
    tt_settings_default(&settings);
    assert_int_equal(tt_settings_override(&settings, "data.path=/a b/it's: #x", &message), TT_OK);
    assert_int_equal(tt_settings_override(&settings, "train.rate=0.1", &message), TT_OK);
    assert_int_equal(tt_settings_override(&settings, "train.rate_decay=0.333333333333333314", &message),
                     TT_OK);
    const size_t length = tt_settings_format(&settings, first, sizeof first);
    assert_true(length < sizeof first);
    assert_int_equal(length, strlen(first));
    assert_int_equal(length, tt_settings_format(&settings, NULL, 0));
    assert_int_equal(parse(first), TT_OK);
    assert_string_equal(settings.data_path, "/a b/it's: #x");
    assert_true(settings.rate_decay == 0.333333333333333314);
    (void)tt_settings_format(&settings, second, sizeof second);
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "train.rate: 0.1\n"));
    assert_null(strstr(first, "device"));
    assert_null(strstr(first, "max_steps"));
    assert_null(strstr(first, "replay"));
}

/* What a YAML scalar cannot hold, or would not read back as it was. */
static void test_odd_text(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "a\nb",         "a\tb",     "\x7f",         "\x1b[31m",         "\xff",
        "\xc3",         "\x80",     "\xc0\xaf",     "\xe0\x80\xaf",     "\xed\xa0\x80",
        "\xe2\x82",     "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf",     "\xef\xbf\xbf",
        "\xf0\x9f\x98", "\xc3\x28", "\xf8\x88",     "\xf4\x90\x80\x80", "\xf0\x80\x80\x80",
    };
    static const char *const right[] = {"\xc3\xa9t\xc3\xa9", "\xe2\x82\xac",     "\xf0\x9f\x98\x80",
                                        "\xef\xbf\xbd",      "\xf4\x8f\xbf\xbd", "\xc2\xa0"};
    char text[4096];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tt_settings_default(&settings);
        if (tt_settings_set(&settings, "data.path", wrong[i], &message) != TT_BAD_ARG) {
            fail_msg("text %zu was accepted", i);
        }
        assert_string_equal(message.text,
                            "key 'data.path': control characters and invalid UTF-8 are not allowed");
        assert_string_equal(settings.data_path, "/usr/share/datasets/fashion-mnist");
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        tt_settings_default(&settings);
        assert_int_equal(tt_settings_set(&settings, "data.path", right[i], &message), TT_OK);
        (void)tt_settings_format(&settings, text, sizeof text);
        assert_int_equal(parse(text), TT_OK);
        assert_string_equal(settings.data_path, right[i]);
    }
}

static void test_contradictions(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "train: {rule: float}",
        "train: {arithmetic: float}",
        "train: {arithmetic: float, rule: float}",
        "network: {batchnorm: true}",
        "network: {activation: positive}",
        "network: {activation_planes: 1, activation_levels: 3}",
        "train: {rate: 1}",
        "train: {rate: 0}",
        "{data: {train_limit: 10}, train: {batch: 11}}",
        "train: {replay: 2}",
        "train: {replay: 2, loss: hinge, rule: bc}",
        "train: {replay: 2, loss: hinge, optimizer: adam}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse(wrong[i]), TT_OK);
        assert_int_equal(tt_settings_check(&settings, &message), TT_BAD_ARG);
        assert_true(strlen(message.text) > 0);
    }
    tt_settings_default(&settings);
    assert_int_equal(tt_settings_check(&settings, &message), TT_OK);
    assert_int_equal(parse("train: {replay: 1023, loss: hinge}"), TT_OK);
    assert_int_equal(tt_settings_check(&settings, &message), TT_OK);
    assert_int_equal(tt_settings_override(&settings, "train.replay=1024", &message), TT_BAD_ARG);
}

static void test_compatible(void **state) {
    (void)state;
    tt_settings_t other;
    tt_settings_default(&settings);
    tt_settings_default(&other);
    other.epochs = 99;
    (void)strcpy(other.device, "sim:base");
    assert_int_equal(tt_settings_compatible(&settings, &other, &message), TT_OK);
    other.hidden[1] = 255;
    assert_int_equal(tt_settings_compatible(&settings, &other, &message), TT_BAD_DATA);
    assert_string_equal(message.text,
                        "checkpoint of another network: its network.hidden is [256, 255, 256, 256], the "
                        "configuration's is [256, 256, 256, 256]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_type), cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_wrong_values),     cmocka_unit_test(test_wrong_yaml),
        cmocka_unit_test(test_overrides),        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_odd_text),         cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_compatible),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
