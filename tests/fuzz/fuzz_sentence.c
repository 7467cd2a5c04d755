// fuzz_sentence.c: any bytes as the files that say how a folder's sentences are embedded, each
// behind the byte 0x1E: modules.json, the modules' own, the prompts. Whatever is accepted can be
// counted on: poolings that exist, sizes that are not zero, a default prompt that is there.
#include "fuzz/folder.h"
#include "model/sentence_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const folders[] = {"1_Pooling", "2_Dense", "3_LayerNorm", "0_Transformer"};
static const char *const files[] = {"modules.json",
                                    "1_Pooling/config.json",
                                    "sentence_bert_config.json",
                                    "config_sentence_transformers.json",
                                    "2_Dense/config.json",
                                    "3_LayerNorm/config.json",
                                    "0_Transformer/sentence_bert_config.json"};
enum { FOLDERS = sizeof folders / sizeof *folders, FILES = sizeof files / sizeof *files };

static void check_config(const struct sentence_config *c)
{
    const size_t n = poolings_count(c->pooling);
    require(c->folder && n >= 1 && n <= BERT_POOLINGS_MOST);
    for (size_t i = 0; i < n; i++) {
        const bert_pooling p = poolings_at(c->pooling, i);
        require(p >= BERT_POOLING_CLS && p <= BERT_POOLING_LAST);
    }
    require(c->n_modules <= SENTENCE_STEPS && c->similarity <= BERT_METRIC_MANHATTAN);
    for (size_t i = 0; i < c->n_modules; i++) {
        const struct sentence_module_config *m = &c->modules[i];
        require(m->kind == SENTENCE_NORMALIZE || (m->folder && m->in && m->out));
    }
    require(c->default_prompt <= c->n_prompts);
    for (size_t i = 0; i < c->n_prompts; i++) require(c->prompts[i].name && c->prompts[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    for (size_t i = 0; !made && i < FOLDERS; i++) fuzz_make_folder(folders[i]);
    made = true;
    fuzz_write_parts(files, FILES, data, size);
    bert_error err = {0};
    struct notes notes = {0};
    struct sentence_config c;
    if (sentence_config_read(&c, fuzz_folder, &notes, &err)) {
        check_refusal(&err);
    } else {
        check_config(&c);
        sentence_config_release(&c);
    }
    notes_release(&notes);
    return 0;
}
