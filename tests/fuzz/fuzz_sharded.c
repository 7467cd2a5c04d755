// fuzz_sharded.c: any bytes as the index of a checkpoint of several files, beside files of
// safetensors and of torch.save that can be opened, one that cannot, and itself. What is accepted
// has every tensor once, and each can be read.
#include "base/os.h"
#include "ckpt/ckpt.h"
#include "fuzz/folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char index_name[] = "model.safetensors.index.json";

static void copy_shard(const char *from, const char *name)
{
    struct os_file file;
    require(os_file_open(&file, from, false, NULL) == BERT_OK);
    fuzz_write(name, file.data, file.size);
    os_file_close(&file);
}

static void make_shards(void)
{
    copy_shard("tests/ckpt/data/protocol.safetensors", "a.safetensors");
    copy_shard("tests/ckpt/data/same.safetensors", "b.safetensors");
    copy_shard("tests/ckpt/data/protocol5.bin", "a.bin");
    copy_shard("tests/ckpt/data/legacy.bin", "b.bin");
    static const char one[] = "\72\0\0\0\0\0\0\0"
                              "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} "
                              "\0\0\0";
    fuzz_write("c.safetensors", one, sizeof one);
    fuzz_write("c.bin", "", 0);
}

static void check(const struct ckpt *c)
{
    for (size_t i = 0; i < ckpt_count(c); i++) {
        const struct ckpt_tensor *t = ckpt_at(c, i);
        require(ckpt_find(c, t->name) == t && ckpt_check(c, t, NULL) == BERT_OK);
        if (!ckpt_is_float(t->dtype)) continue;
        float *out = malloc(t->count * sizeof *out + 1);
        require(out != NULL);
        ckpt_to_float(t, out);
        free(out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    if (!made) make_shards();
    made = true;
    fuzz_write(index_name, data, size);
    char path[300];
    bert_error err = {0};
    struct ckpt *c = ckpt_open(fuzz_path(path, index_name), size % 2, &err);
    if (c) check(c);
    else check_refusal(&err);
    ckpt_close(c);
    return 0;
}
