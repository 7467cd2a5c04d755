// fuzz_listing.c: any bytes as the hub's answer to what a repository holds, and as a revision's
// file in the cache. Every file that is taken stays in its folder, and a commit is one.
#include "fuzz/folder.h"
#include "hub/listing.h"
#include "hub/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_listing(const char *bytes, size_t size)
{
    struct hub_listing l;
    bert_error err = {0};
    if (hub_listing_read(&l, "org/name", bytes, size, &err)) {
        check_refusal(&err);
    } else {
        require(hub_commit_valid(l.commit) && l.count > 0);
        for (size_t i = 0; i < l.count; i++) {
            require(hub_path_valid(l.files[i]) && !strstr(l.files[i], "/../"));
            require(i == 0 || strcmp(l.files[i], "config.json") != 0);
        }
    }
    hub_listing_release(&l);
}

static void read_ref(const uint8_t *data, size_t size)
{
    struct hub_repo repo;
    char commit[HUB_COMMIT];
    fuzz_make_folder("models--org--name/refs");
    fuzz_write("models--org--name/refs/main", data, size);
    require(hub_repo_init(&repo, fuzz_folder, "org/name", NULL) == BERT_OK);
    require(hub_ref_read(&repo, "main", commit, NULL) == BERT_OK);
    require(!commit[0] || hub_commit_valid(commit));
    hub_repo_release(&repo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_listing((const char *)data, size);
    if (size < 100) read_ref(data, size);
    return 0;
}
