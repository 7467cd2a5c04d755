// cmd_inspect.c: bert inspect: what a model is, and every assumption made about it with its origin.
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "inspect.h"
#include "output.h"
#include "record/text.h"

// ---------------------------------------------------------------------------------------- as text

static void plain(struct buf *out, const char *text)
{
    record_plain(out, text, strlen(text));
}

static void text_facts(struct buf *out, const bert_model *model)
{
    struct fact facts[FACTS_MOST];
    const size_t n = facts_gather(model, facts);
    for (size_t i = 0; i < n; i++) {
        buf_print(out, "%-20s ", facts[i].key);
        facts_print(out, model, &facts[i], false);
        buf_byte(out, '\n');
    }
}

static void text_head(struct buf *out, const bert_model *model, const struct bert_head *head)
{
    buf_print(out, "  %s", head->kind);
    if (!head->outputs) {
        buf_text(out, head->separate ? ", decoder of its own" : ", decoder tied to the embeddings");
    } else {
        buf_print(out, ", %zu outputs", head->outputs);
    }
    if (strstr(head->kind, "classification")) {
        const char *label;
        for (size_t i = 0; i < head->outputs && (label = bert_model_label(model, i)); i++) {
            buf_text(out, i ? ", " : ": ");
            plain(out, label);
        }
    }
    buf_text(out, " (");
    plain(out, head->origin);
    buf_text(out, ")\n");
}

static void text_heads(struct buf *out, const bert_model *model)
{
    struct bert_head head;
    for (size_t i = 0; bert_model_head(model, i, &head); i++) {
        if (i == 0) buf_text(out, "\nheads in the files\n");
        text_head(out, model, &head);
    }
}

static void text_prompts(struct buf *out, const bert_model *model)
{
    struct bert_prompt prompt;
    for (size_t i = 0; bert_model_prompt(model, i, &prompt); i++) {
        buf_text(out, i ? "  " : "\nprompts\n  ");
        plain(out, prompt.name);
        buf_text(out, " \"");
        plain(out, prompt.text);
        buf_text(out, "\"\n");
    }
}

static bert_status text_weights(struct buf *out, const bert_model *model, bert_error *err)
{
    struct bert_stored_tensor t;
    struct weights_scan found;
    bool any = false;
    for (size_t i = 0; bert_model_stored(model, i, &t); i++) {
        TRY(weights_scan(model, i, &found, err));
        if (!found.nan && !found.inf) continue;
        buf_text(out, any ? "  " : "\nweights that are no numbers\n  ");
        any = true;
        plain(out, t.name);
        buf_print(out, ": %zu NaN, %zu infinite\n", found.nan, found.inf);
    }
    return BERT_OK;
}

static void text_notes(struct buf *out, const bert_model *model)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    buf_text(out, "\nfound or assumed, and where that came from\n");
    for (size_t i = 0; i < n; i++) {
        buf_print(out, "  %-16s ", notes[i].what);
        plain(out, notes[i].value);
        buf_text(out, " (");
        plain(out, notes[i].origin);
        buf_text(out, ")\n");
    }
}

static void text_tensors(struct buf *out, const bert_model *model)
{
    struct bert_stored_tensor t;
    buf_text(out, "\ntensors as they are stored\n");
    for (size_t i = 0; bert_model_stored(model, i, &t); i++) {
        buf_print(out, "  %-5s ", t.dtype);
        plain(out, t.name);
        buf_byte(out, ' ');
        shape_print(out, &t);
        buf_byte(out, '\n');
    }
}

static bert_status print_text(struct buf *out, const bert_model *model, bool tensors,
                              bert_error *err)
{
    text_facts(out, model);
    TRY(text_weights(out, model, err));
    text_heads(out, model);
    text_prompts(out, model);
    text_notes(out, model);
    if (tensors) text_tensors(out, model);
    return BERT_OK;
}

// ---------------------------------------------------------------------------------------- as JSON

// "key":"value", of an object; value NULL is null.
static void json_pair(struct buf *out, const char *before, const char *key, const char *value)
{
    buf_print(out, "%s\"%s\":", before, key);
    if (value) record_string(out, value, strlen(value));
    else buf_text(out, "null");
}

static void json_facts(struct buf *out, const bert_model *model)
{
    struct fact facts[FACTS_MOST];
    const size_t n = facts_gather(model, facts);
    for (size_t i = 0; i < n; i++) {
        buf_print(out, "%s\"%s\":", i ? "," : "", facts[i].key);
        facts_print(out, model, &facts[i], true);
    }
}

static void json_head(struct buf *out, const bert_model *model, const struct bert_head *head)
{
    json_pair(out, "{", "kind", head->kind);
    json_pair(out, ",", "origin", head->origin);
    if (!head->outputs) {
        buf_print(out, ",\"tied\":%s}", head->separate ? "false" : "true");
        return;
    }
    buf_print(out, ",\"outputs\":%zu", head->outputs);
    const char *label = strstr(head->kind, "classification") ? bert_model_label(model, 0) : NULL;
    if (label) buf_text(out, ",\"labels\":[");
    for (size_t i = 0; label && i < head->outputs; i++) {
        const char *name = bert_model_label(model, i);
        if (i) buf_byte(out, ',');
        if (name) record_string(out, name, strlen(name));
        else buf_text(out, "null");
    }
    buf_text(out, label ? "]}" : "}");
}

static void json_heads(struct buf *out, const bert_model *model)
{
    struct bert_head head;
    buf_text(out, ",\"heads\":[");
    for (size_t i = 0; bert_model_head(model, i, &head); i++) {
        if (i) buf_byte(out, ',');
        json_head(out, model, &head);
    }
    buf_byte(out, ']');
}

static void json_prompts(struct buf *out, const bert_model *model)
{
    struct bert_prompt prompt;
    buf_text(out, ",\"prompts\":[");
    for (size_t i = 0; bert_model_prompt(model, i, &prompt); i++) {
        json_pair(out, i ? ",{" : "{", "name", prompt.name);
        json_pair(out, ",", "text", prompt.text);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static bert_status json_weights(struct buf *out, const bert_model *model, bert_error *err)
{
    struct bert_stored_tensor t;
    struct weights_scan found;
    bool any = false;
    buf_text(out, ",\"not_finite\":[");
    for (size_t i = 0; bert_model_stored(model, i, &t); i++) {
        TRY(weights_scan(model, i, &found, err));
        if (!found.nan && !found.inf) continue;
        json_pair(out, any ? ",{" : "{", "name", t.name);
        buf_print(out, ",\"nan\":%zu,\"infinite\":%zu}", found.nan, found.inf);
        any = true;
    }
    buf_byte(out, ']');
    return BERT_OK;
}

static void json_notes(struct buf *out, const bert_model *model)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    buf_text(out, ",\"notes\":[");
    for (size_t i = 0; i < n; i++) {
        json_pair(out, i ? ",{" : "{", "what", notes[i].what);
        json_pair(out, ",", "value", notes[i].value);
        json_pair(out, ",", "origin", notes[i].origin);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void json_tensors(struct buf *out, const bert_model *model)
{
    struct bert_stored_tensor t;
    buf_text(out, ",\"tensors\":[");
    for (size_t i = 0; bert_model_stored(model, i, &t); i++) {
        json_pair(out, i ? ",{" : "{", "name", t.name);
        json_pair(out, ",", "dtype", t.dtype);
        buf_text(out, ",\"shape\":");
        shape_print(out, &t);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static bert_status print_json(struct buf *out, const bert_model *model, bool tensors,
                              bert_error *err)
{
    buf_byte(out, '{');
    json_facts(out, model);
    TRY(json_weights(out, model, err));
    json_heads(out, model);
    json_prompts(out, model);
    json_notes(out, model);
    if (tensors) json_tensors(out, model);
    buf_text(out, "}\n");
    return BERT_OK;
}

// -------------------------------------------------------------------------------------- the
// command

int cmd_inspect(const struct options *o)
{
    bert_model *model = cli_model(o);
    if (!model) return 1;
    struct output out;
    int status = 1;
    if (o->other) status = inspect_diff(model, o);
    else if (output_open(&out, o)) {
        bert_error err = {0};
        const bert_status failed = o->json ? print_json(&out.buffer, model, o->tensors, &err)
                                           : print_text(&out.buffer, model, o->tensors, &err);
        if (failed) {
            say_error("%s", err.message);
            buf_clear(&out.buffer);
        }
        status = output_close(&out, failed != BERT_OK);
    }
    bert_model_free(model);
    return status;
}
