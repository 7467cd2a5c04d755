// cmd_convert.c: bert convert: an open model as the files of Hugging Face or of Google.
#include <string.h>

#include "cli.h"
#include "commands.h"

static bert_stored stored_of(const char *word)
{
    static const struct {
        const char *word;
        bert_stored stored;
    } words[] = {{"f32", BERT_STORED_F32}, {"f16", BERT_STORED_F16}, {"bf16", BERT_STORED_BF16}};
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) == 0) return words[i].stored;
    }
    return BERT_STORED_AS_IS;
}

static void warn(void *arg, const struct bert_note *note)
{
    say_warning(arg, "%s: %s (%s)", note->what, note->value, note->origin);
}

int cmd_convert(const struct options *o)
{
    if (o->layout < 0 || !o->output || strcmp(o->output, "-") == 0) {
        say_error("convert: needs --to hf or --to google, and -o FOLDER (see bert convert --help)");
        return 2;
    }
    if (o->n_texts) {
        say_error("convert: takes no texts; the model is named with -m");
        return 2;
    }
    if (o->dtype && strcmp(o->dtype, "int8") == 0) {
        say_error("convert: --dtype int8: bert quantize does that, and measures what is lost");
        return 2;
    }
    struct options source = *o;
    source.dtype = NULL; // of what is written, not of what is read
    bert_model *model = cli_model(&source);
    if (!model) return 1;
    struct bert_save_options s = BERT_SAVE_DEFAULTS;
    s.layout = (bert_layout)o->layout;
    s.stored = stored_of(o->dtype);
    s.replace = o->force;
    s.note = warn;
    s.arg = (void *)o;
    bert_error err;
    const bert_status status = bert_model_save(model, o->output, &s, &err);
    if (status) say_error("%s", err.message);
    bert_model_free(model);
    return status ? 1 : 0;
}
