// replay.c: a main for fuzz targets without a fuzzer: every file named, and every file of a folder
// named, goes through LLVMFuzzerTestOneInput once. With any compiler; under a sanitizer it is the
// test that what was found once stays mended. A folder that does not exist has no files.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t files;

// In a heap block of exactly its size, as the fuzzer gives it.
static int replay_file(const char *path)
{
    struct os_file file;
    bert_error err;
    if (os_file_open(&file, path, false, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    uint8_t *copy = malloc(file.size ? file.size : 1);
    if (!copy) abort();
    if (file.size) memcpy(copy, file.data, file.size);
    LLVMFuzzerTestOneInput(copy, file.size);
    free(copy);
    os_file_close(&file);
    files++;
    return 0;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    int bad = !folder;
    for (struct dirent *e; folder && (e = readdir(folder));) {
        if (e->d_name[0] == '.') continue;
        char *name = os_join(path, e->d_name);
        bad |= !name || replay_file(name);
        mem_free(name);
    }
    if (folder) closedir(folder);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0;
    for (int i = 1; i < argc; i++) {
        if (os_is_folder(argv[i]))
            bad |= replay_folder(argv[i]);
        else if (os_is_file(argv[i]))
            bad |= replay_file(argv[i]);
    }
    printf("%zu files\n", files);
    return bad;
}
