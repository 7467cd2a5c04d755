// decode.c: ids to text, as each profile's reference joins pieces.
//
//   hf-fast  every piece but the first loses its "##" or has a space before it; each is tightened
//            (" ." to "."); with clean_up_tokenization_spaces the whole text once more
//   hf-slow  pieces joined by spaces, then every " ##" taken out; tokens that a user added stand
//            apart; with clean_up_tokenization_spaces the text is tightened
//   google   has none: as hf-slow, never tightened
//
// Everything happens in the caller's room, since no step makes a text longer.
#include <string.h>

#include "text/tokenizer.h"

struct writer {
    const bert_tokenizer *t;
    char *out;
    size_t cap, len; // len counts what did not fit, too
    size_t pieces;   // written so far
    size_t stretch;  // hf-slow: where the text behind the last user-added token begins
    bool apart;      // hf-slow: the last piece was one
};

static void add(struct writer *w, const char *bytes, size_t n)
{
    if (w->len < w->cap) memcpy(w->out + w->len, bytes, n < w->cap - w->len ? n : w->cap - w->len);
    w->len += n;
}

static bool fits(const struct writer *w)
{
    return w->len < w->cap;
}

// ---------------------------------------------------------------------------------------
// tightening

// The order matters: each is done everywhere before the next.
static const struct {
    const char *from, *to;
    bool decoder_only; // the WordPiece decoder has it, clean_up_tokenization has not
} tightenings[] = {{" .", ".", false},     {" ?", "?", false},          {" !", "!", false},
                   {" ,", ",", false},     {" ' ", "'", false},         {" n't", "n't", false},
                   {" 'm", "'m", false},   {" do not", " don't", true}, {" 's", "'s", false},
                   {" 've", "'ve", false}, {" 're", "'re", false}};

// Replaces in out[from, len); returns the new len.
static size_t replace(char *out, size_t from, size_t len, const char *what, const char *by)
{
    const size_t n = strlen(what), m = strlen(by);
    size_t to = from;
    while (from < len) {
        if (len - from >= n && memcmp(out + from, what, n) == 0) {
            memcpy(out + to, by, m);
            from += n;
            to += m;
        } else {
            out[to++] = out[from++];
        }
    }
    return to;
}

static void tighten(struct writer *w, size_t from, bool decoder)
{
    if (!fits(w)) return;
    for (size_t i = 0; i < sizeof tightenings / sizeof *tightenings; i++) {
        if (tightenings[i].decoder_only && !decoder) continue;
        w->len = replace(w->out, from, w->len, tightenings[i].from, tightenings[i].to);
    }
}

// ------------------------------------------------------------------------------------------
// hf-fast

static void add_fast(struct writer *w, const char *piece, size_t len)
{
    const struct buf *prefix = &w->t->prefix;
    const size_t from = w->len;
    const bool goes_on =
        !w->t->plain_join && len >= prefix->len && memcmp(piece, prefix->data, prefix->len) == 0;
    if (w->pieces > 0 && goes_on) {
        piece += prefix->len;
        len -= prefix->len;
    } else if (w->pieces > 0) {
        add(w, " ", 1);
    }
    add(w, piece, len);
    if (w->t->tighten && !w->t->plain_join) tighten(w, from, true);
}

// ------------------------------------------------------------------------------------------
// hf-slow

static bool is_python_space(uint32_t c)
{
    return c != UTF8_INVALID &&
           ((c >= 0x1C && c <= 0x1F) || (unicode_of(c)->flags & UNICODE_SPACE));
}

// str.strip of out[stretch, len).
static void strip_stretch(struct writer *w)
{
    size_t n;
    const char *from = w->out + w->stretch, *to = w->out + w->len;
    while (from < to && is_python_space(utf8_decode(from, to, &n))) from += n;
    while (from < to && is_python_space(utf8_decode(utf8_before(from, to), to, &n))) {
        to = utf8_before(from, to);
    }
    memmove(w->out + w->stretch, from, (size_t)(to - from));
    w->len = w->stretch + (size_t)(to - from);
}

// Ends the text between user-added tokens.
static void close_stretch(struct writer *w)
{
    if (w->apart || !fits(w)) return;
    w->len = replace(w->out, w->stretch, w->len, " ##", "");
    strip_stretch(w);
}

static bool is_user_added(const bert_tokenizer *t, const struct added_token *token)
{
    return token && t->split.rules.profile == BERT_PROFILE_HF_SLOW && !token->flags.special;
}

static void add_slow(struct writer *w, const char *piece, size_t len, bool apart)
{
    if (apart || w->apart) {
        if (apart) close_stretch(w);
        if (w->len > 0) add(w, " ", 1);
        w->stretch = w->len;
    } else if (w->pieces > 0) {
        add(w, " ", 1);
    }
    add(w, piece, len);
    w->apart = apart;
}

// -------------------------------------------------------------------------------------------- both

// hf-fast goes by the text: a special token that is normalized is none where its text became
// another.
static bool is_special(const bert_tokenizer *t, const struct added_token *token,
                       struct bert_text piece)
{
    const bool fast = t->split.rules.profile == BERT_PROFILE_HF_FAST;
    if (fast) token = added_by_content(&t->added, piece.data, piece.len);
    return token && token->flags.special;
}

static void add_id(struct writer *w, int32_t id, bool skip_special)
{
    const bert_tokenizer *t = w->t;
    const bool fast = t->split.rules.profile == BERT_PROFILE_HF_FAST;
    const struct added_token *token = added_by_id(&t->added, id);
    struct bert_text piece = tokenizer_piece(t, id);
    if (token && fast && token->flags.normalized) { // what was found in the text
        piece = (struct bert_text){t->added.text.data + token->pattern, token->pattern_len};
    }
    if (skip_special && is_special(t, token, piece)) return;
    if (!piece.data && (fast || skip_special)) return;
    if (!piece.data) piece = tokenizer_piece(t, t->split.model.unk);
    if (fast) add_fast(w, piece.data, piece.len);
    else add_slow(w, piece.data, piece.len, is_user_added(t, token));
    w->pieces++;
}

size_t bert_detokenize(const bert_tokenizer *t, const int32_t *ids, size_t n, bool skip_special,
                       char *out, size_t cap)
{
    struct writer w = {.t = t, .out = out, .cap = cap};
    for (size_t i = 0; i < n; i++) add_id(&w, ids[i], skip_special);
    if (t->split.rules.profile != BERT_PROFILE_HF_FAST) close_stretch(&w);
    if (t->clean_spaces && t->split.rules.profile != BERT_PROFILE_GOOGLE) tighten(&w, 0, false);
    if (cap > 0) out[w.len < cap ? w.len : cap - 1] = 0;
    return w.len;
}
