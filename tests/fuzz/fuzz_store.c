// fuzz_store.c: any bytes as a zip archive that stands for a folder: what it is asked for by path,
// and what a model is looked for in it. Whatever is handed out is as large as the archive allows,
// and its name leads nowhere else.
#include "base/mem.h"
#include "base/store.h"
#include "base/zip.h"
#include "fuzz/folder.h"
#include "model/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink; // of bytes that are read to be read

static void ask(const char *archive, const char *name, size_t size)
{
    char path[2000];
    enum store_kind kind = STORE_NONE;
    bert_error err = {0};
    struct os_file file;
    if (snprintf(path, sizeof path, "%s/%s", archive, name) >= (int)sizeof path) return;
    if (store_look(path, &kind, &err)) check_refusal(&err);
    err = (bert_error){0};
    for (int copy = 0; copy < 2; copy++) {
        if (store_open(&file, path, copy, &err)) {
            check_refusal(&err);
            continue;
        }
        require(kind == STORE_FILE && !strstr(name, "/../") && strncmp(name, "../", 3) != 0);
        require(file.size <= (1 << 20) + 100 * size + 100);
        for (size_t i = 0; i < file.size; i += 997) sink ^= file.data[i];
        os_file_close(&file);
    }
}

// An archive has the same members whether it is in memory or read piece by piece.
static void check_same(const char *archive, const struct zip *zip, bert_status status)
{
    struct zip pieces = {.takes_deflated = true};
    struct os_reader file;
    require(os_reader_open(&file, archive, NULL) == BERT_OK);
    require(zip_read_file(&pieces, &file, NULL) == status && pieces.count == zip->count);
    for (size_t i = 0; !status && i < zip->count; i++) {
        const struct zip_member *a = &zip->members[i], *b = &pieces.members[i];
        require(a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0);
        require(a->at == b->at && a->size == b->size && a->packed == b->packed);
    }
    zip_release(&pieces);
    os_reader_close(&file);
}

// Every member by its own name, as far as it is the name of a path.
static void ask_members(const char *archive, const uint8_t *data, size_t size)
{
    enum { MOST = 20 };
    struct zip zip = {.takes_deflated = true};
    const bert_status status = zip_read(&zip, data, size, "file", NULL);
    check_same(archive, &zip, status);
    for (size_t i = 0; !status && i < zip.count && i < MOST; i++) {
        char *name = mem_string(zip.members[i].name, zip.members[i].name_len);
        require(name != NULL);
        if (strlen(name) == zip.members[i].name_len) ask(archive, name, size);
        mem_free(name);
    }
    zip_release(&zip);
}

// As a model is opened: its folder, its configuration, its weights.
static void look_for_model(const char *archive)
{
    struct model_files files;
    bert_error err = {0};
    bert_status status = model_files_begin(&files, archive, &err);
    if (!status) status = model_files_config(&files, files.folder, &err);
    if (!status) status = model_files_weights(&files, &err);
    if (status) check_refusal(&err);
    else require(strncmp(files.weights, fuzz_folder, strlen(fuzz_folder)) == 0);
    model_files_release(&files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"",           "vocab.txt",    "top/vocab.txt",
                                        "top/",       "../vocab.txt", "top/../vocab.txt",
                                        "//vocab.txt"};
    char archive[300];
    fuzz_write("model.zip", data, size);
    fuzz_path(archive, "model.zip");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) ask(archive, names[i], size);
    ask_members(archive, data, size);
    look_for_model(archive);
    return 0;
}
