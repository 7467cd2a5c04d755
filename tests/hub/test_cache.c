// test_cache.c: the Python tools' folder, read and written; what a name after -m means.
#include "support/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"
#include "hub/cache.h"
#include "hub/here.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define OTHER "89abcdef0123456789abcdef0123456789abcdef"
#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char home[256];

static int begin(void **state)
{
    (void)state;
    check_folder_make(home);
    unsetenv("HF_HUB_CACHE");
    unsetenv("HUGGINGFACE_HUB_CACHE");
    unsetenv("BERT_CACHE");
    unsetenv("HF_HOME");
    unsetenv("XDG_CACHE_HOME");
    return setenv("HOME", home, 1);
}

static int end(void **state)
{
    (void)state;
    check_folder_remove(home);
    return 0;
}

static void settings_read(struct hub_settings *s)
{
    bert_error err;
    assert_int_equal(hub_settings_folders(s, &err), BERT_OK);
    assert_int_equal(hub_settings_sites(s, &err), BERT_OK);
}

// A snapshot with weights and a file in a folder, under a revision.
static void put_model(const char *name, const char *commit, const char *revision)
{
    struct hub_settings s;
    struct hub_repo repo;
    bert_error err;
    settings_read(&s);
    assert_int_equal(hub_repo_init(&repo, s.cache, name, &err), BERT_OK);
    assert_int_equal(hub_repo_make(&repo, &err), BERT_OK);
    char *blob = hub_blob_path(&repo, SUM, "");
    *strrchr(blob, '/') = 0;
    check_write(blob, SUM, "bytes", 5);
    mem_free(blob);
    assert_int_equal(hub_snapshot_add(&repo, commit, "model.safetensors", SUM, &err), BERT_OK);
    assert_int_equal(hub_snapshot_add(&repo, commit, "1_Pooling/config.json", SUM, &err), BERT_OK);
    if (revision) assert_int_equal(hub_ref_write(&repo, revision, commit, &err), BERT_OK);
    hub_repo_release(&repo);
    hub_settings_release(&s);
}

static void the_python_tools_layout(void **state)
{
    (void)state;
    char path[1000], target[300];
    put_model("org/name", COMMIT, "refs/pr/1");
    snprintf(path, sizeof path, "%s/.cache/huggingface/hub/models--org--name/snapshots/%s/%s", home,
             COMMIT, "1_Pooling/config.json");
    const ssize_t n = readlink(path, target, sizeof target - 1);
    assert_true(n > 0);
    target[n] = 0;
    assert_string_equal(target, "../../../blobs/" SUM);
    uint64_t size;
    assert_true(os_file_size(path, &size));
    assert_int_equal(size, 5);
    // the ref: the commit without a newline
    snprintf(path, sizeof path, "%s/.cache/huggingface/hub/models--org--name/refs/refs/pr/1", home);
    assert_true(os_file_size(path, &size));
    assert_int_equal(size, 40);
}

static void names_are_found(void **state)
{
    (void)state;
    char *path;
    bert_error err;
    put_model("org/name", COMMIT, "main");
    put_model("org/name", OTHER, NULL);
    assert_int_equal(hub_resolve("org/name", &path, &err), BERT_OK);
    assert_non_null(strstr(path, "/models--org--name/snapshots/" COMMIT));
    mem_free(path);
    assert_int_equal(hub_resolve("org/name@" OTHER, &path, &err), BERT_OK);
    assert_non_null(strstr(path, "/snapshots/" OTHER));
    mem_free(path);
    assert_int_equal(hub_resolve("org/name@v2", &path, &err), BERT_IO);
    assert_null(path);
    assert_int_equal(hub_resolve("org/none", &path, &err), BERT_IO);
    assert_string_equal(err.message, "org/none: no such model folder, and no model of that name is "
                                     "here: bert pull org/none");
    // what can be no name fails later, as a path
    assert_int_equal(hub_resolve("../x/y", &path, &err), BERT_OK);
    assert_string_equal(path, "../x/y");
    mem_free(path);
}

static void a_path_comes_first(void **state)
{
    (void)state;
    char *path, here[300];
    bert_error err;
    put_model("org/name", COMMIT, "main");
    snprintf(here, sizeof here, "%s/org/name", home);
    assert_int_equal(os_folder_make(here, &err), BERT_OK);
    char *old = realpath(".", NULL);
    assert_int_equal(chdir(home), 0);
    assert_int_equal(hub_resolve("org/name", &path, &err), BERT_OK);
    assert_string_equal(path, "org/name");
    mem_free(path);
    check_write(home, "ckpt.index", "", 0); // a TensorFlow checkpoint is named by its prefix
    assert_int_equal(hub_resolve("ckpt", &path, &err), BERT_OK);
    assert_string_equal(path, "ckpt");
    mem_free(path);
    assert_int_equal(chdir(old), 0);
    free(old);
}

static void google_models_are_found(void **state)
{
    (void)state;
    char folder[400], *path;
    bert_error err;
    snprintf(folder, sizeof folder, "%s/.cache/bert/google/2020_02_20/uncased_L-2_H-128_A-2", home);
    assert_int_equal(os_folder_make(folder, &err), BERT_OK);
    assert_int_equal(hub_resolve("google/tiny", &path, &err), BERT_IO); // without weights
    check_write(folder, "bert_model.ckpt.index", "", 0);
    assert_int_equal(hub_resolve("google/tiny", &path, &err), BERT_OK);
    assert_string_equal(path, folder);
    mem_free(path);
    assert_int_equal(hub_resolve("google/2x128", &path, &err), BERT_OK);
    mem_free(path);
    assert_int_equal(hub_resolve("google/tiny@v2", &path, &err), BERT_IO);
}

static void what_is_here_is_listed(void **state)
{
    (void)state;
    struct hub_settings s;
    struct hub_here_list list;
    bert_error err;
    settings_read(&s);
    assert_int_equal(hub_here_read(&list, &s, &err), BERT_OK);
    assert_int_equal(list.count, 0);
    hub_here_release(&list);
    put_model("b/second", COMMIT, "main");
    put_model("b/second", OTHER, "v1");
    put_model("alone", OTHER, NULL);
    char junk[400];
    snprintf(junk, sizeof junk, "%s/models--..--x/snapshots/%s", s.cache, COMMIT);
    assert_int_equal(os_folder_make(junk, &err), BERT_OK);
    check_write(junk, "model.safetensors", "", 0);
    assert_int_equal(hub_here_read(&list, &s, &err), BERT_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.model[0].name, "alone@" OTHER);
    assert_string_equal(list.model[1].name, "b/second");
    assert_string_equal(list.model[1].revision, "main");
    assert_string_equal(list.model[2].name, "b/second@v1");
    hub_here_release(&list);
    hub_settings_release(&s);
}

static void the_environment_says_where(void **state)
{
    (void)state;
    struct hub_settings s;
    bert_error err;
    setenv("HF_HOME", "~/hf", 1);
    setenv("XDG_CACHE_HOME", "/xdg", 1);
    setenv("HF_ENDPOINT", "http://mirror:8080/", 1);
    setenv("HF_TOKEN", " hf_secret\n", 1);
    setenv("HF_HUB_OFFLINE", "YES", 1);
    settings_read(&s);
    char want[300];
    snprintf(want, sizeof want, "%s/hf/hub", home);
    assert_string_equal(s.cache, want);
    assert_string_equal(s.archives, "/xdg/bert/google");
    assert_string_equal(s.endpoint, "http://mirror:8080");
    assert_string_equal(s.token, "hf_secret");
    assert_true(s.offline);
    hub_settings_release(&s);
    setenv("HF_TOKEN", "a\r\nHost: evil", 1);
    assert_int_equal(hub_settings_folders(&s, &err), BERT_OK);
    assert_int_equal(hub_settings_sites(&s, &err), BERT_INVALID);
    hub_settings_release(&s);
    unsetenv("HF_TOKEN");
    setenv("HF_ENDPOINT", "file:///etc", 1);
    assert_int_equal(hub_settings_folders(&s, &err), BERT_OK);
    assert_int_equal(hub_settings_sites(&s, &err), BERT_INVALID);
    hub_settings_release(&s);
    unsetenv("HF_ENDPOINT");
    unsetenv("HF_HUB_OFFLINE");
    unsetenv("HF_HOME");
    // the token that `hf auth login` left
    setenv("XDG_CACHE_HOME", home, 1);
    snprintf(want, sizeof want, "%s/huggingface", home);
    assert_int_equal(os_folder_make(want, &err), BERT_OK);
    check_write(want, "token", "hf_saved\n", 9);
    settings_read(&s);
    assert_string_equal(s.token, "hf_saved");
    assert_string_equal(s.endpoint, "https://huggingface.co");
    hub_settings_release(&s);
    unsetenv("HOME");
    unsetenv("XDG_CACHE_HOME");
    assert_int_equal(hub_settings_folders(&s, &err), BERT_IO);
    hub_settings_release(&s);
}

static void one_process_holds_a_lock(void **state)
{
    (void)state;
    char path[300];
    bert_error err;
    struct os_lock a, b;
    bool taken;
    snprintf(path, sizeof path, "%s/lock", home);
    assert_int_equal(os_lock_try(&a, path, &taken, &err), BERT_OK);
    assert_true(taken);
    assert_int_equal(os_lock_try(&b, path, &taken, &err), BERT_OK);
    assert_false(taken);
    os_lock_release(&a);
    assert_int_equal(os_lock_try(&b, path, &taken, &err), BERT_OK);
    assert_true(taken);
    os_lock_release(&b);
    assert_int_equal(os_lock_try(&b, "/no/such/lock", &taken, &err), BERT_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_python_tools_layout), TEST(names_are_found),
        TEST(a_path_comes_first),      TEST(google_models_are_found),
        TEST(what_is_here_is_listed),  TEST(the_environment_says_where),
        TEST(one_process_holds_a_lock)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
