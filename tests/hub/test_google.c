// test_google.c: bert-pull and Google's archives: brought, unpacked member by member, and what is
// in some that should not be.
#include "support/check.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "base/os_folder.h"
#include "support/made_zip.h"
#include "support/run.h"
#include "support/sites.h"

#define NAME "uncased_L-2_H-128_A-2"
#define MODEL "google/2020_02_20/" NAME

enum { PARTS = 4, MORE = 2 };
static const char *const parts[PARTS] = {"bert_config.json", "bert_model.ckpt.data-00000-of-00001",
                                         "bert_model.ckpt.index", "vocab.txt"};
static struct sites sites;
static struct site_file archive = {.name = "2020_02_20/" NAME ".zip"};
static struct os_file bytes[PARTS];
static struct buf zip;
static char work[256];

static const char *in_work(const char *name)
{
    static char path[1000];
    snprintf(path, sizeof path, "%s/%s", work, name);
    return path;
}

// Offers an archive of the model, within `folder`, and further members.
static void offer(const char *folder, bool deflated, const struct made_member *more, size_t n)
{
    struct made_member members[PARTS + MORE];
    char names[PARTS][100];
    for (size_t i = 0; i < PARTS; i++) {
        snprintf(names[i], sizeof names[i], "%s%s", folder, parts[i]);
        members[i] =
            (struct made_member){names[i], bytes[i].data, bytes[i].size, deflated, 0, false};
    }
    for (size_t i = 0; i < n; i++) members[PARTS + i] = more[i];
    buf_clear(&zip);
    made_zip(&zip, members, PARTS + n);
    assert_false(zip.failed);
    archive.bytes = zip.data;
    archive.size = zip.len;
}

// The model is there, and nothing but it (and the lock's file).
static void expect_here(struct run_outcome o)
{
    char want[600];
    run_expect(o, 0, "");
    snprintf(want, sizeof want, "%s/" MODEL "\n", work);
    assert_string_equal(o.out, want);
    for (size_t i = 0; i < PARTS; i++) {
        struct os_file f;
        bert_error err;
        snprintf(want, sizeof want, MODEL "/%s", parts[i]);
        if (os_file_open(&f, in_work(want), true, &err)) fail_msg("%s", err.message);
        assert_int_equal(f.size, bytes[i].size);
        assert_memory_equal(f.data, bytes[i].data, f.size);
        os_file_close(&f);
    }
    struct os_names names;
    bert_error err;
    assert_int_equal(os_folder_list(&names, in_work(MODEL), &err), BERT_OK);
    assert_int_equal(names.count, PARTS);
    os_names_release(&names);
    assert_int_equal(os_folder_list(&names, in_work("google/2020_02_20"), &err), BERT_OK);
    assert_int_equal(names.count, 2);
    os_names_release(&names);
}

static void a_model_comes(void **state)
{
    (void)state;
    const struct made_member more[MORE] = {
        {NAME "/", "", 0, false, 0, false},
        {NAME "/bert_model.ckpt.meta", "graph", 5, false, 0, false}};
    setenv("HF_TOKEN", SITES_TOKEN, 1); // which is the hub's, not Google's
    offer(NAME "/", true, more, MORE);
    expect_here(PULL("google/tiny"));
    unsetenv("HF_TOKEN");
    for (size_t i = 0; i < sites.n_visits; i++) assert_false(sites.visits[i].token);
    // it works by its name, and is listed
    run_expect(run_finish(run_start(run_program("bert"), "b",
                                    (const char *const[]){"bert", "tokenize", "-m", "google/tiny",
                                                          "--count", "a", NULL}),
                          "b"),
               0, "");
    const struct run_outcome o = run_finish(
        run_start(run_program("bert"), "b", (const char *const[]){"bert", "models", NULL}), "b");
    run_expect(o, 0, "");
    assert_non_null(strstr(o.out, "google/tiny  tensorflow "));
    run_expect(PULL("google/tiny", "--revision", "v2"), 1, "Google's models have no revisions");
    // again: nothing is asked
    const size_t before = sites.n_visits;
    expect_here(PULL("google/2x128"));
    expect_here(PULL("google/tiny", "--offline"));
    assert_int_equal(sites.n_visits, before);
}

static void without_a_folder_and_stored(void **state)
{
    (void)state;
    offer("", false, NULL, 0);
    expect_here(PULL("google/2x128"));
    os_remove(in_work("google"));
    run_expect(PULL("google/tiny", "--offline"), 1, "google/tiny: it is not here");
    offer("./", false, NULL, 0);
    run_expect(PULL("google/tiny"), 1, "would be unpacked outside of its folder");
}

static void a_later_run_goes_on(void **state)
{
    (void)state;
    offer("", false, NULL, 0);
    sites_fault(&sites, (struct fault){".zip", FAULT_HOLD, 300, 1, NULL, false});
    const pid_t child = PULL_START("a", "google/tiny");
    while (sites_held(&sites) == 0) usleep(1000);
    usleep(50000);
    kill(child, SIGTERM);
    run_expect(run_finish(child, "a"), 128 + SIGTERM, "interrupted");
    sites_release(&sites);
    expect_here(PULL("google/tiny"));
    const struct visit_row *last = &sites.visits[sites.n_visits - 1];
    assert_string_equal(last->range, "bytes=300-");
    assert_string_equal(last->if_range, "\"google-etag\"");
}

static void two_at_once(void **state)
{
    (void)state;
    offer(NAME "/", true, NULL, 0);
    sites_fault(&sites, (struct fault){".zip", FAULT_HOLD, 300, 1, NULL, false});
    const pid_t first = PULL_START("a", "google/tiny");
    while (sites_held(&sites) == 0) usleep(1000);
    const pid_t second = PULL_START("b", "google/tiny");
    char text[1000] = "";
    for (int i = 0; i < 5000 && !strstr(text, "waiting"); i++) {
        usleep(2000);
        run_text("b.err", text, sizeof text);
    }
    assert_non_null(strstr(text, "waiting for another process"));
    sites_release(&sites);
    expect_here(run_finish(first, "a"));
    expect_here(run_finish(second, "b"));
    assert_int_equal(sites_count(&sites, "GET", ".zip"), 1);
}

static void damage_on_the_way(void **state)
{
    (void)state;
    offer("", false, NULL, 0);
    sites_fault(&sites, (struct fault){".zip", FAULT_FLIP, 200, 1, NULL, false});
    run_expect(PULL("google/tiny"), 1, NAME ".zip: the checksum of what came is");
    run_expect(PULL("google/4x128"), 1, "answers 404 to 2020_02_20/uncased_L-4_H-128_A-2.zip");
    os_remove(in_work("google"));
    run_size_limit = 300;
    const struct run_outcome o = PULL("google/tiny");
    run_size_limit = 0;
    run_expect(o, 1, "File too large");
    expect_here(PULL("google/tiny"));
}

// An archive that Google would not publish: refused whole, and not kept.
static void refused(const struct made_member *more, const char *message)
{
    os_remove(in_work("google"));
    offer(NAME "/", true, more, 1);
    run_expect(PULL("google/tiny"), 1, message);
    struct os_names names;
    bert_error err;
    assert_int_equal(os_folder_list(&names, in_work("google/2020_02_20"), &err), BERT_OK);
    if (names.count != 1) fail_msg("%s: %s was left", message, names.name[0]);
    os_names_release(&names);
}

static void members_that_should_not_be(void **state)
{
    (void)state;
    static const char *const outside[] = {"../evil",     NAME "/../../evil", "/evil", "a//evil",
                                          "a\\..\\evil", "a/\nevil",         "..",    "../"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        refused(&(struct made_member){outside[i], "x", 1, false, 0, false},
                "would be unpacked outside of its folder");
    }
    struct stat st;
    assert_int_not_equal(stat(in_work("google/evil"), &st), 0);
    char longest[1200] = "";
    memset(longest, 'a', 1100);
    refused(&(struct made_member){longest, "x", 1, false, 0, false},
            "a member's name of 1100 bytes");
}

static void sizes_that_cannot_be(void **state)
{
    (void)state;
    refused(&(struct made_member){NAME "/added_tokens.json", "x", 1, true, 4000000000, false},
            "deflated in 3 bytes, but it has 4000000000");
    char *zeros = calloc(1, 1 << 20);
    assert_non_null(zeros);
    refused(
        &(struct made_member){NAME "/added_tokens.json", zeros, 1 << 20, true, 900000000, false},
        "unpacked it is larger than 137 MB, which this model cannot be");
    refused(&(struct made_member){NAME "/added_tokens.json", zeros, 1 << 20, true, 1 << 19, false},
            "more comes out than its 524288 bytes");
    refused(&(struct made_member){NAME "/added_tokens.json", zeros, 1 << 20, true, 1 << 21, false},
            "1048576 of its 2097152 bytes come out");
    refused(&(struct made_member){NAME "/added_tokens.json", zeros, 1 << 20, true, 0, true},
            "or their CRC is wrong: it is damaged");
    free(zeros);
}

static void archives_that_are_none(void **state)
{
    (void)state;
    archive.bytes = "<html>";
    archive.size = 6;
    run_expect(PULL("google/tiny"), 1, "zip: no end record");
    buf_clear(&zip);
    made_zip(&zip, &(struct made_member){"vocab.txt", "a", 1, false, 0, false}, 1);
    archive.bytes = zip.data;
    archive.size = zip.len;
    run_expect(PULL("google/tiny"), 1, "there is no checkpoint in it");
}

static int begin(void **state)
{
    (void)state;
    sites_reset(&sites);
    os_remove(in_work("google"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    sites_release(&sites);
    return 0;
}

static int group_begin(void **state)
{
    (void)state;
    bert_error err;
    check_folder_make(work);
    run_begin(work);
    for (size_t i = 0; i < PARTS; i++) {
        char path[300];
        snprintf(path, sizeof path, "tests/model/google/uncased_L-2_H-8_A-2/%s", parts[i]);
        if (os_file_open(&bytes[i], path, true, &err)) return 1;
    }
    sites.files = &archive;
    sites.n_files = 1;
    sites_start(&sites, work);
    return 0;
}

static int group_end(void **state)
{
    (void)state;
    sites_stop(&sites);
    for (size_t i = 0; i < PARTS; i++) os_file_close(&bytes[i]);
    buf_release(&zip);
    check_folder_remove(work);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    if (access(run_program("bert-pull"), X_OK)) {
        printf("there is no bert-pull here: it was built without libcurl\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        TEST(a_model_comes),        TEST(without_a_folder_and_stored),
        TEST(a_later_run_goes_on),  TEST(two_at_once),
        TEST(damage_on_the_way),    TEST(members_that_should_not_be),
        TEST(sizes_that_cannot_be), TEST(archives_that_are_none),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
