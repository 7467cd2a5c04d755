// fuzz_zip.c: any bytes as a zip archive, every member of which is unpacked; and as deflated data.
#include <stdint.h>

#include "base/inflate.h"
#include "base/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Counts to 16 MB, then has enough.
static bert_status count(void *arg, const void *bytes, size_t n, bert_error *err)
{
    size_t *total = arg;
    (void)bytes;
    *total += n;
    return *total > 16 << 20 ? fail(err, BERT_CANCELLED, "enough") : BERT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bert_error err;
    struct zip zip = {.takes_deflated = true};
    size_t total = 0, used;
    if (!zip_read(&zip, data, size, "file", &err)) {
        for (size_t i = 0; i < zip.count; i++)
            zip_unpack(&zip.members[i], count, &total, "file", &err);
    }
    zip_release(&zip);
    inflate(data, size, count, &total, &used, "file", &err);
    return 0;
}
