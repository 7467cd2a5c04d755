// test_pull.c: bert-pull against both sites on loopback: what goes right, and everything that may
// go wrong between them and the cache.
#include "support/check.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "base/os_folder.h"
#include "support/made_model.h"
#include "support/run.h"
#include "support/sites.h"

#define REPO "models--org--made"
#define SNAPSHOT REPO "/snapshots/" SITES_COMMIT

static struct sites sites;
static char work[256], cache[300];
static struct os_file made[4];

static struct site_file files[] = {
    {"README.md", "read me", 7, false},
    {"1_Pooling/config.json", "{\"pooling_mode_cls_token\":true}", 31, false},
    {"config.json", NULL, 0, false},
    {"model.safetensors", NULL, 0, true},
    {"modules.json", "[]", 2, false},
    {"onnx/model.onnx", "onnx", 4, true},
    {"pytorch_model.bin", "torch", 5, true},
    {"tokenizer_config.json", NULL, 0, false},
    {"vocab.txt", NULL, 0, false},
};
enum { FILES = sizeof files / sizeof *files, BROUGHT = 6 };
#define WEIGHTS (files[3])

static char *in_cache(const char *name)
{
    static char path[1000];
    snprintf(path, sizeof path, "%s/%s", cache, name);
    return path;
}

static bool is_there(const char *name)
{
    struct stat st;
    return lstat(in_cache(name), &st) == 0;
}

// The snapshot's file has the bytes of the site's.
static void expect_file(const struct site_file *f)
{
    char name[400];
    struct os_file got;
    bert_error err;
    snprintf(name, sizeof name, SNAPSHOT "/%s", f->name);
    if (os_file_open(&got, in_cache(name), true, &err)) fail_msg("%s", err.message);
    assert_int_equal(got.size, f->size);
    assert_memory_equal(got.data, f->bytes, f->size);
    os_file_close(&got);
}

// Names in the blobs' folder that end so.
static size_t count_blobs(const char *ending)
{
    struct os_names names;
    bert_error err;
    size_t n = 0;
    assert_int_equal(os_folder_list(&names, in_cache(REPO "/blobs"), &err), BERT_OK);
    for (size_t i = 0; i < names.count; i++) {
        const size_t len = strlen(names.name[i]), end = strlen(ending);
        n += len >= end && strcmp(names.name[i] + len - end, ending) == 0;
    }
    os_names_release(&names);
    return n;
}

// Everything arrived, and nothing is left over.
static void expect_all_here(struct run_outcome o)
{
    char want[1000];
    run_expect(o, 0, "");
    snprintf(want, sizeof want, "%s/" SNAPSHOT "\n", cache);
    assert_string_equal(o.out, want);
    for (size_t i = 0; i < FILES; i++) {
        char name[400];
        snprintf(name, sizeof name, SNAPSHOT "/%s", files[i].name);
        const bool left = i == 0 || i == 5 || i == 6;
        if (is_there(name) == left) fail_msg("%s: %s", files[i].name, left ? "brought" : "missing");
        if (!left) expect_file(&files[i]);
    }
    assert_int_equal(count_blobs(""), BROUGHT);
    assert_true(is_there(REPO "/refs/main"));
}

// -------------------------------------------------------------------------------- what goes right

static void a_model_comes(void **state)
{
    (void)state;
    struct run_outcome o = PULL("org/made");
    expect_all_here(o);
    assert_string_equal(o.err, "");
    // found by its name, and by what others do with it
    const char *const args[] = {"bert", "embed", "-q", "-m", "org/made", "I love Paris", NULL};
    o = run_finish(run_start(run_program("bert"), "b", args), "b");
    run_expect(o, 0, "");
    assert_non_null(strstr(o.out, "\"embedding\":["));
    // again: one question, no file
    const size_t before = sites.n_visits;
    expect_all_here(PULL("org/made"));
    assert_int_equal(sites.n_visits, before + 1);
}

static void the_token_goes_to_one_site(void **state)
{
    (void)state;
    setenv("HF_TOKEN", SITES_TOKEN, 1);
    expect_all_here(PULL("org/made"));
    unsetenv("HF_TOKEN");
    size_t hub = 0, store = 0;
    for (size_t i = 0; i < sites.n_visits; i++) {
        const struct visit_row *v = &sites.visits[i];
        assert_int_equal(v->token, v->site == 'h');
        hub += v->site == 'h';
        store += v->site == 's';
    }
    assert_true(hub > 6);
    assert_int_equal(store, 1);
}

static void revisions(void **state)
{
    (void)state;
    run_expect(PULL("org/made", "--revision", "v1.0"), 0, "");
    assert_true(is_there(REPO "/refs/v1.0"));
    assert_false(is_there(REPO "/refs/main"));
    run_expect(PULL("org/made@refs/pr/3"), 0, "");
    assert_int_equal(sites_count(&sites, "GET", "/revision/refs%2Fpr%2F3"), 1);
    run_expect(PULL("org/made@" SITES_COMMIT), 0, "");
    assert_false(is_there(REPO "/refs/" SITES_COMMIT));
    run_expect(PULL("org/made@../x"), 1, "no revision");
    run_expect(PULL("../x/y"), 1, "no name of a model");
    run_expect(
        run_finish(run_start(run_program("bert-pull"), "a", (const char *const[]){"pull", NULL}),
                   "a"),
        2, "which model?");
}

static void a_renamed_model_is_followed(void **state)
{
    (void)state;
    run_expect(PULL("old-name"), 0, "");
    assert_true(is_there("models--old-name/snapshots/" SITES_COMMIT "/model.safetensors"));
    run_expect(PULL("loop"), 1, "redirects that lead nowhere");
}

static void a_proxy_is_used(void **state)
{
    (void)state;
    setenv("http_proxy", sites.hub, 1);
    setenv("no_proxy", "localhost", 1);
    setenv("HF_ENDPOINT", "http://hub.invalid", 1);
    const struct run_outcome o = PULL("org/made");
    unsetenv("http_proxy");
    unsetenv("no_proxy");
    setenv("HF_ENDPOINT", sites.hub, 1);
    expect_all_here(o);
    assert_true(sites_count(&sites, "GET", "http://hub.invalid/api/models/") > 0);
}

static void what_is_said(void **state)
{
    (void)state;
    struct run_outcome o = PULL("org/made", "--verbose", "--json");
    run_expect(o, 0, "bert: model.safetensors: ");
    char want[1000];
    snprintf(want, sizeof want, "{\"name\":\"org/made\",\"path\":\"%s/" SNAPSHOT "\"}\n", cache);
    assert_string_equal(o.out, want);
    o = PULL("--list");
    run_expect(o, 0, "");
    assert_non_null(strstr(o.out, "\ngoogle/tiny "));
    o = PULL("--list", "--json");
    run_expect(o, 0, "");
    assert_non_null(strstr(o.out, "{\"name\":\"BAAI/bge-small-en-v1.5\",\"layers\":12,"));
    // one that is not there, and one that is
    o = PULL("no/such@x y", "org/made");
    run_expect(o, 1, "no revision");
    assert_non_null(strstr(o.out, SNAPSHOT));
}

static void offline(void **state)
{
    (void)state;
    run_expect(PULL("org/made", "--offline"), 1, "org/made: it is not here, and HF_HUB_OFFLINE");
    setenv("HF_HUB_OFFLINE", "1", 1);
    run_expect(PULL("org/made"), 1, "it is not here");
    unsetenv("HF_HUB_OFFLINE");
    assert_int_equal(sites.n_visits, 0);
    expect_all_here(PULL("org/made"));
    const size_t before = sites.n_visits;
    expect_all_here(PULL("org/made", "--offline"));
    assert_int_equal(sites.n_visits, before);
}

static void what_is_there_is_not_brought(void **state)
{
    (void)state;
    expect_all_here(PULL("org/made"));
    // another revision of the same files: blobs are shared
    os_remove(in_cache(REPO "/snapshots"));
    sites.n_visits = 0;
    expect_all_here(PULL("org/made"));
    for (size_t i = 0; i < sites.n_visits; i++)
        assert_true(strstr(sites.visits[i].target, "/api/") || sites.visits[i].method[0] == 'H');
}

// ------------------------------------------------------------------------------ broken connections

static void a_cut_connection_goes_on(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_CUT, 1000, 2, NULL, false});
    expect_all_here(PULL("org/made"));
    const struct visit_row *v = NULL;
    for (size_t i = 0; i < sites.n_visits; i++)
        if (sites.visits[i].site == 's') v = &sites.visits[i];
    assert_string_equal(v->range, "bytes=2000-");
    assert_string_equal(v->if_range, "\"of-the-store\"");
    assert_int_equal(sites_count(&sites, "GET", "/store/"), 3);
}

static void small_answers_are_asked_again(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/api/", FAULT_STATUS, 503, 1, "Retry-After: 0\r\n", false});
    sites_fault(&sites,
                (struct fault){"config.json", FAULT_STATUS, 502, 1, "Retry-After: 0\r\n", true});
    sites_fault(&sites,
                (struct fault){"/store/", FAULT_STATUS, 429, 2, "Retry-After: 0\r\n", false});
    expect_all_here(PULL("org/made"));
}

static void it_waits_as_long_as_the_site_asks(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/api/", FAULT_STATUS, 429, 1, "Retry-After: 1\r\n", false});
    const double before = os_now();
    const struct run_outcome o = PULL("org/made");
    expect_all_here(o);
    assert_string_equal(o.err, "bert: the site has trouble: trying again in 1 s\n");
    assert_true(os_now() - before >= 1);
    sites_fault(&sites,
                (struct fault){"/api/", FAULT_STATUS, 429, 9, "Retry-After: 4000\r\n", false});
    run_expect(PULL("org/made"), 1, "wants fewer requests: try again later");
}

static void a_later_run_goes_on(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_HOLD, 3000, 1, NULL, false});
    const pid_t child = PULL_START("a", "org/made");
    while (sites_held(&sites) == 0) usleep(1000);
    uint64_t size = 0;
    struct os_names names = {0};
    for (int i = 0; i < 2000 && size < 3000; i++) { // until the bytes are on the disk
        bert_error err;
        assert_int_equal(os_folder_list(&names, in_cache(REPO "/blobs"), &err), BERT_OK);
        for (size_t k = 0; k < names.count; k++) {
            char name[400];
            snprintf(name, sizeof name, REPO "/blobs/%s", names.name[k]);
            if (strstr(name, ".incomplete")) os_file_size(in_cache(name), &size);
        }
        os_names_release(&names);
        usleep(1000);
    }
    kill(child, SIGINT);
    run_expect(run_finish(child, "a"), 128 + SIGINT,
               "org/made: interrupted; the same command goes on");
    sites_release(&sites);
    assert_int_equal(count_blobs(".incomplete"), 1);
    assert_false(is_there(REPO "/refs/main"));
    assert_false(is_there(SNAPSHOT));
    expect_all_here(PULL("org/made"));
    size_t from = 0;
    for (size_t i = 0; i < sites.n_visits; i++)
        if (sites.visits[i].site == 's') sscanf(sites.visits[i].range, "bytes=%zu-", &from);
    assert_int_equal(from, 3000);
}

static void a_site_without_ranges(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_CUT, 1000, 1, NULL, false});
    sites_fault(&sites, (struct fault){"/store/", FAULT_NO_RANGES, 0, 1, NULL, false});
    expect_all_here(PULL("org/made"));
}

static void a_file_that_changes_meanwhile(void **state)
{
    (void)state;
    // the site heeds If-Range: the whole other file comes, whose checksum is wrong
    sites_fault(&sites, (struct fault){"/store/", FAULT_CUT, 1000, 1, NULL, false});
    sites_fault(&sites, (struct fault){"/store/", FAULT_OTHER_FILE, 0, 1, NULL, false});
    run_expect(PULL("org/made"), 1, "model.safetensors: the checksum of what came is");
    assert_int_equal(count_blobs(".incomplete"), 0);
    // it does not: bytes of two files, and the checksum says so
    sites.ignore_if_range = true;
    sites_fault(&sites, (struct fault){"/store/", FAULT_CUT, 1000, 1, NULL, false});
    sites_fault(&sites, (struct fault){"/store/", FAULT_OTHER_FILE, 0, 1, NULL, false});
    run_expect(PULL("org/made"), 1, "the checksum of what came is");
    expect_all_here(PULL("org/made"));
}

// ------------------------------------------------------------------------------------ wrong bytes

// A file of that size where the weights gather.
static void leave_partial(size_t size)
{
    char name[400], path[1000];
    bert_error err;
    run_expect(PULL("org/made"), 0, "");
    struct os_names names;
    ssize_t n = readlink(in_cache(SNAPSHOT "/model.safetensors"), path, sizeof path - 1);
    assert_true(n > 0);
    path[n] = 0;
    snprintf(name, sizeof name, "%s.incomplete", strrchr(path, '/') + 1);
    os_remove(in_cache(REPO "/snapshots"));
    assert_int_equal(os_folder_list(&names, in_cache(REPO "/blobs"), &err), BERT_OK);
    for (size_t i = 0; i < names.count; i++) {
        char blob[400];
        snprintf(blob, sizeof blob, REPO "/blobs/%s", names.name[i]);
        os_remove(in_cache(blob));
    }
    os_names_release(&names);
    char *junk = calloc(1, size + 1);
    assert_non_null(junk);
    check_write(in_cache(REPO "/blobs"), name, junk, size);
    free(junk);
    sites.n_visits = 0;
}

static void a_damaged_part_from_before(void **state)
{
    (void)state;
    leave_partial(100); // zeros: the checksum is wrong, and a second time it is not
    expect_all_here(PULL("org/made"));
    assert_int_equal(sites_count(&sites, "GET", "/store/"), 2);
    leave_partial(WEIGHTS.size); // as long as the whole
    expect_all_here(PULL("org/made"));
    leave_partial(WEIGHTS.size + 1);
    expect_all_here(PULL("org/made"));
}

static void a_wrong_checksum(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_FLIP, 500, 1, NULL, false});
    run_expect(PULL("org/made"), 1, "model.safetensors: the checksum of what came is");
    assert_int_equal(count_blobs(".incomplete"), 0);
    assert_false(is_there(REPO "/refs/main"));
    sites_fault(&sites, (struct fault){"/vocab.txt", FAULT_FLIP, 5, 1, NULL, false});
    run_expect(PULL("org/made"), 1, "vocab.txt: the checksum of what came is");
    expect_all_here(PULL("org/made"));
}

static void a_wrong_length(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_LENGTH, 7, 1, NULL, false});
    run_expect(PULL("org/made"), 1, "model.safetensors: the site sends ");
    sites_fault(&sites, (struct fault){"/store/", FAULT_MORE, 9, 1, NULL, false});
    run_expect(PULL("org/made"), 1, "but promised ");
    // the site has trouble that does not pass: it is tried some times
    os_remove(cache);
    sites_fault(&sites,
                (struct fault){"/store/", FAULT_STATUS, 503, 99, "Retry-After: 0\r\n", false});
    run_expect(PULL("org/made"), 1, "model.safetensors: the site answers 503");
    assert_int_equal(sites.faults[2].times, 99 - 5);
}

static void promises_that_are_none(void **state)
{
    (void)state;
    static const char *const etags[] = {"\"../../../../evil\"", "\"\"", "W/\"xyz\"",
                                        "\"0123456789abcdef0123456789abcdef0123456/\""};
    for (size_t i = 0; i < sizeof etags / sizeof *etags; i++) {
        sites.n_faults = 0;
        sites_fault(&sites, (struct fault){"/vocab.txt", FAULT_CHECKSUM, 0, 1, etags[i], true});
        run_expect(PULL("org/made"), 1, "vocab.txt: the site gives no checksum");
    }
}

// ---------------------------------------------------------------------------------------- refusals

static void refused(const char *headers, int status, const char *message)
{
    sites_reset(&sites);
    sites_fault(&sites, (struct fault){"/api/", FAULT_STATUS, (size_t)status, 9, headers, false});
    run_expect(PULL("org/made"), 1, message);
}

static void refusals_say_what_to_do(void **state)
{
    (void)state;
    refused(NULL, 401, "has no such model, or it is private: then give your token in HF_TOKEN");
    refused(NULL, 404, "has no such model");
    refused("X-Error-Code: RevisionNotFound\r\n", 404, "org/made: it has no revision 'main'");
    refused("X-Error-Code: GatedRepo\r\n", 403, "accept, and give your token in HF_TOKEN");
    refused("Retry-After: 0\r\n", 429, "wants fewer requests");
    refused("Retry-After: 0\r\nX-Error-Message: on \033[31mfire\r\n", 503,
            "answers 503: on ?[31mfire");
    setenv("HF_TOKEN", "hf_wrong", 1);
    refused(NULL, 401, "does not let your token (HF_TOKEN) read it");
    unsetenv("HF_TOKEN");
    sites_reset(&sites);
    sites_fault(&sites, (struct fault){"/vocab.txt", FAULT_STATUS, 403, 1,
                                       "X-Error-Code: GatedRepo\r\n", true});
    run_expect(PULL("org/made"), 1, "its authors want their terms accepted first");
    setenv("HF_ENDPOINT", "http://127.0.0.1:1", 1);
    const struct run_outcome o = PULL("org/made");
    setenv("HF_ENDPOINT", sites.hub, 1);
    run_expect(o, 1, "127.0.0.1:1: ");
}

static void listed(const char *listing, const char *message)
{
    sites.listing = listing;
    run_expect(PULL("org/made"), 1, message);
    sites.listing = NULL;
}

#define LISTING(files) "{\"sha\":\"" SITES_COMMIT "\",\"siblings\":[" files "]}"

static void listings_that_are_none(void **state)
{
    (void)state;
    listed("<html>", "the site's list of files: line 1");
    listed("", "the site's list of files");
    listed("[]", "names no commit");
    listed("{\"sha\":\"../../../../../../../../../../tmp/evil12\"}", "names no commit");
    listed(LISTING("{\"rfilename\":\"tf_model.h5\"}"), "has no weights that can be read here");
    listed("{\"sha\":\"" SITES_COMMIT "\",\"siblings\":7}", "has no weights");
    listed(LISTING("{\"rfilename\":\"../model.safetensors\"},{\"rfilename\":\"/config.json\"}"),
           "has no weights");
    assert_false(is_there("../model.safetensors"));
}

// Refused by its configuration, as bert_model_open would, before weights come.
static void only_a_bert_comes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"{\"model_type\":\"gpt2\"}",
         "bert: org/made: config.json: model_type is \"gpt2\", not \"bert\"; this is a GPT-2, a "
         "decoder: run it with transformers or llama.cpp, or take a BERT: bert pull --list\n"},
        {"{\"model_type\":\"roberta\"}",
         "this is a RoBERTa: run it with transformers, or take a BERT for the same work: bert pull "
         "google/base-cased\n"},
        {"{\"is_decoder\":true}", "org/made: config.json: the model is a decoder; only encoders"},
        {"{\"model_type\":", "org/made: config.json: "},
    };
    const struct site_file config = files[2];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        files[2].bytes = cases[i].text;
        files[2].size = strlen(cases[i].text);
        const struct run_outcome o = PULL("org/made");
        run_expect(o, 1, cases[i].said);
    }
    files[2] = config;
    assert_int_equal(sites_count(&sites, "", "model.safetensors"), 0);
}

// ---------------------------------------------------------------------------------------- the disk

static void a_full_disk(void **state)
{
    (void)state;
    run_size_limit = 20000;
    const struct run_outcome o = PULL("org/made");
    run_size_limit = 0;
    run_expect(o, 1, "File too large");
    assert_int_equal(count_blobs(".incomplete"), 1);
    assert_false(is_there(REPO "/refs/main"));
    expect_all_here(PULL("org/made"));
    assert_int_equal(sites_count(&sites, "GET", "/store/"), 2);
    run_expect(
        run_finish(run_start("/bin/sh", "a",
                             (const char *const[]){"sh", "-c", "exec \"$0\" pull --list >/dev/full",
                                                   run_program("bert-pull"), NULL}),
                   "a"),
        1, "standard output");
}

static void a_cache_that_cannot_be_written(void **state)
{
    (void)state;
    check_write(work, "file", "", 0);
    char path[400];
    snprintf(path, sizeof path, "%s/file/hub", work);
    setenv("HF_HUB_CACHE", path, 1);
    const struct run_outcome o = PULL("org/made");
    setenv("HF_HUB_CACHE", cache, 1);
    run_expect(o, 1, "Not a directory");
}

static void two_at_once(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_HOLD, 3000, 1, NULL, false});
    const pid_t first = PULL_START("a", "org/made");
    while (sites_held(&sites) == 0) usleep(1000);
    const pid_t second = PULL_START("b", "org/made");
    char text[1000] = "";
    for (int i = 0; i < 5000 && !strstr(text, "waiting"); i++) {
        usleep(2000);
        run_text("b.err", text, sizeof text);
    }
    assert_non_null(strstr(text, "model.safetensors: waiting for another process"));
    sites_release(&sites);
    expect_all_here(run_finish(first, "a"));
    expect_all_here(run_finish(second, "b"));
    assert_int_equal(sites_count(&sites, "GET", "/store/"), 1);
}

// The first is killed while it holds the lock: the second goes on with its bytes.
static void the_first_of_two_dies(void **state)
{
    (void)state;
    sites_fault(&sites, (struct fault){"/store/", FAULT_HOLD, 3000, 1, NULL, false});
    const pid_t first = PULL_START("a", "org/made");
    while (sites_held(&sites) == 0) usleep(1000);
    const pid_t second = PULL_START("b", "org/made", "-q");
    usleep(100000);
    kill(first, SIGKILL);
    assert_int_equal(run_finish(first, "a").status, 128 + SIGKILL);
    expect_all_here(run_finish(second, "b"));
    sites_release(&sites);
}

static void many_at_once(void **state)
{
    (void)state;
    enum { MANY = 6 };
    pid_t child[MANY];
    char name[20];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "m%d", i);
        child[i] = PULL_START(name, "-q", "org/made");
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "m%d", i);
        expect_all_here(run_finish(child[i], name));
    }
    assert_int_equal(sites_count(&sites, "GET", "/store/"), 1);
}

// ------------------------------------------------------------------------------------------- group

static int begin(void **state)
{
    (void)state;
    sites_reset(&sites);
    os_remove(cache);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sites_release(&sites);
    return 0;
}

static void take_made_file(int i, const char *name, struct site_file *f)
{
    bert_error err;
    char path[600];
    snprintf(path, sizeof path, "%s/made/%s", work, name);
    if (os_file_open(&made[i], path, true, &err)) fail_msg("%s", err.message);
    f->bytes = (const char *)made[i].data;
    f->size = made[i].size;
}

static int group_begin(void **state)
{
    (void)state;
    char folder[400];
    bert_error err;
    check_folder_make(work);
    run_begin(work);
    snprintf(folder, sizeof folder, "%s/made", work);
    snprintf(cache, sizeof cache, "%s/hub", work);
    if (os_folder_make(folder, &err)) return 1;
    const struct made_model spec = {
        .layers = 2, .hidden = 64, .heads = 4, .intermediate = 128, .positions = 64, .seed = 1};
    if (!made_model_write(folder, &spec)) return 1;
    take_made_file(0, "config.json", &files[2]);
    take_made_file(1, "model.safetensors", &files[3]);
    take_made_file(2, "tokenizer_config.json", &files[7]);
    take_made_file(3, "vocab.txt", &files[8]);
    sites.files = files;
    sites.n_files = FILES;
    sites_start(&sites, work);
    return 0;
}

static int group_end(void **state)
{
    (void)state;
    sites_stop(&sites);
    for (int i = 0; i < 4; i++) os_file_close(&made[i]);
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
        TEST(a_model_comes),
        TEST(the_token_goes_to_one_site),
        TEST(revisions),
        TEST(a_renamed_model_is_followed),
        TEST(a_proxy_is_used),
        TEST(what_is_said),
        TEST(offline),
        TEST(what_is_there_is_not_brought),
        TEST(a_cut_connection_goes_on),
        TEST(small_answers_are_asked_again),
        TEST(it_waits_as_long_as_the_site_asks),
        TEST(a_later_run_goes_on),
        TEST(a_site_without_ranges),
        TEST(a_file_that_changes_meanwhile),
        TEST(a_damaged_part_from_before),
        TEST(a_wrong_checksum),
        TEST(a_wrong_length),
        TEST(promises_that_are_none),
        TEST(refusals_say_what_to_do),
        TEST(listings_that_are_none),
        TEST(only_a_bert_comes),
        TEST(a_full_disk),
        TEST(a_cache_that_cannot_be_written),
        TEST(two_at_once),
        TEST(the_first_of_two_dies),
        TEST(many_at_once),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
