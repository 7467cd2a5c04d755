// test_hub.c: the n-th allocation fails, for every n, while models are looked for and listed, while
// the hub's answer is read and an archive is unpacked: MEMORY every time, no crash, no leak (the
// sanitizer build sees to that), and the one after the last succeeds.
#include "support/check.h"

#include "base/mem.h"
#include "base/os_folder.h"
#include "base/zip.h"
#include "hub/cache.h"
#include "hub/here.h"
#include "hub/listing.h"
#include "support/made_zip.h"

static long countdown = -1; // allocations until one fails; negative: none does

static bool fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

// The linker's --wrap puts these before the C library's.
#define WRAP(name, parameters, ...)                                                                \
    void *__real_##name parameters;                                                                \
    void *__wrap_##name parameters                                                                 \
    {                                                                                              \
        return fails() ? NULL : __real_##name(__VA_ARGS__);                                        \
    }
WRAP(malloc, (size_t size), size)
WRAP(calloc, (size_t n, size_t size), n, size)
WRAP(realloc, (void *p, size_t size), p, size)
WRAP(aligned_alloc, (size_t alignment, size_t size), alignment, size)

static void torture(bert_status (*work)(bert_error *err))
{
    for (long n = 0;; n++) {
        bert_error err = {0};
        countdown = n;
        const bert_status status = work(&err);
        const bool reached = countdown < 0;
        countdown = -1;
        if (!reached) {
            if (status) fail_msg("%s", err.message);
            assert_true(n > 1); // it did count them
            return;
        }
        if (status != BERT_MEMORY || !err.message[0])
            fail_msg("allocation %ld: status %d: %s", n, status, err.message);
    }
}

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static char home[256];

static bert_status resolve(bert_error *err)
{
    char *path;
    const bert_status status = hub_resolve("org/name", &path, err);
    mem_free(path);
    return status;
}

static bert_status list(bert_error *err)
{
    struct hub_settings s;
    struct hub_here_list here = {0};
    bert_status status = hub_settings_folders(&s, err);
    if (!status) status = hub_settings_sites(&s, err);
    if (!status) status = hub_here_read(&here, &s, err);
    if (!status) assert_int_equal(here.count, 1);
    hub_here_release(&here);
    hub_settings_release(&s);
    return status;
}

static bert_status write_cache(bert_error *err)
{
    struct hub_repo repo;
    bert_status status = hub_repo_init(&repo, home, "org/name", err);
    if (!status) status = hub_repo_make(&repo, err);
    if (!status) status = hub_snapshot_add(&repo, COMMIT, "a/b", COMMIT, err);
    if (!status) status = hub_ref_write(&repo, "main", COMMIT, err);
    hub_repo_release(&repo);
    return status;
}

static bert_status read_listing(bert_error *err)
{
    static const char text[] = "{\"sha\": \"" COMMIT "\", \"siblings\": [{\"rfilename\": "
                               "\"model.safetensors\"}, {\"rfilename\": \"config.json\"}]}";
    struct hub_listing listing;
    const bert_status status = hub_listing_read(&listing, "org/name", text, sizeof text - 1, err);
    hub_listing_release(&listing);
    return status;
}

static struct buf archive;

static bert_status drop(void *arg, const void *bytes, size_t n, bert_error *err)
{
    (void)arg, (void)bytes, (void)n, (void)err;
    return BERT_OK;
}

static bert_status unpack(bert_error *err)
{
    struct zip zip = {.takes_deflated = true};
    bert_status status =
        zip_read(&zip, (const unsigned char *)archive.data, archive.len, "zip", err);
    for (size_t i = 0; !status && i < zip.count; i++)
        status = zip_unpack(&zip.members[i], drop, NULL, "zip", err);
    zip_release(&zip);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char folder[600];
    bert_error err;
    check_folder_make(home);
    setenv("HF_HUB_CACHE", home, 1);
    setenv("HF_HOME", home, 1);
    setenv("BERT_CACHE", home, 1);
    setenv("HF_TOKEN", "hf_x", 1);
    snprintf(folder, sizeof folder, "%s/models--org--name/snapshots/" COMMIT, home);
    assert_int_equal(os_folder_make(folder, &err), BERT_OK);
    check_write(folder, "model.safetensors", "", 0);
    torture(write_cache);
    torture(resolve);
    torture(list);
    torture(read_listing);
    const struct made_member members[] = {{"a", "stored", 6, false, 0, false},
                                          {"b", "deflated", 8, true, 0, false}};
    made_zip(&archive, members, 2);
    torture(unpack);
    buf_release(&archive);
    check_folder_remove(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
