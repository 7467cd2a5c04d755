// fuzz_config.c: any bytes as a config.json and as a bert_config.json. What is accepted are shapes
// of which no product overflows.
#include "fuzz/folder.h"
#include "model/google.h"
#include "model/hf_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_config(const struct hf_config *out, const struct notes *notes)
{
    const struct config *c = &out->config;
    const size_t elements = (c->V + c->P + c->Y) * c->H + c->L * c->H * (4 * c->H + 2 * c->F);
    require(c->V && c->H && c->L && c->A && c->F && c->P && c->Y && c->D * c->A == c->H);
    require(elements < (size_t)1 << 52 && c->eps >= 0 && c->eps < 1);
    require(out->act_name && c->act < ACT_COUNT && notes->n > 0);
}

static void read_as(const char *name, size_t types, const char *activation)
{
    char path[300];
    bert_error err = {0};
    struct notes notes = {0};
    struct hf_config out;
    if (hf_config_read(&out, fuzz_path(path, name), types, activation, &notes, &err))
        check_refusal(&err);
    else check_config(&out, &notes);
    notes_release(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_write("config.json", data, size);
    read_as("config.json", 2, NULL);
    read_as("config.json", GOOGLE_TYPES, "gelu_new");
    return 0;
}
