// names.h: what others call our tensors, and which way they store them. The only place that knows a
// name in somebody else's file.
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include "ckpt/ckpt.h"
#include "model/relatives.h"
#include "nn/params.h"

enum { NAME_MAX_LENGTH = 160 };

// A way of naming that a file follows.
struct dialect;

// The dialect of an open checkpoint, from the names it holds; NULL when it holds no word embeddings
// under any name we know.
const struct dialect *names_detect(const struct ckpt *ckpt);

// What to do about a file whose names are of no dialect; ends a sentence.
const char *names_remedy(const struct ckpt *ckpt, char said[RELATIVE_SAID]);

// The dialect of files that we write: Google's, or transformers' of today, with "bert." for a model
// with a head and otherwise as `source` has it.
const struct dialect *names_google(void);
const struct dialect *names_hf(const struct dialect *source, bool head);

// For people: "names with bert.".
const char *names_describe(const struct dialect *dialect);

// The tensor of a slice; NULL when the file lacks it.
const struct ckpt_tensor *names_find(const struct dialect *dialect, const struct ckpt *ckpt,
                                     enum param p, size_t layer, size_t slice);

// A name without what DataParallel and its like put before it: "module.bert.x" is "bert.x".
const char *names_inner(const char *name);

// Whether files of this dialect store the matrix p as [in, out]; ours are [out, in].
bool names_transposed(const struct dialect *dialect, enum param p);

// Writes the name that a slice should have. `layer` is text, so that a message can name a range of
// layers at once.
void names_print(const struct dialect *dialect, enum param p, const char *layer, size_t slice,
                 char out[NAME_MAX_LENGTH]);

// The name under which transformers saves today what a file of this dialect has under `name`, with
// "bert." before the encoder's, in `room` or borrowed. *transposed: it saves the matrix the other
// way. A tensor that is none of BERT's keeps its name, but for what stood before all of them.
const char *names_today(const struct dialect *dialect, const char *name, char room[NAME_MAX_LENGTH],
                        bool *transposed);

// What sits on top of an encoder, by the tensors that a file has.
enum head { HEAD_OTHER, HEAD_MLM, HEAD_NSP, HEAD_CLASSIFIER, HEAD_ANSWER, HEADS };

// A tensor of a head, and what it is called on either side.
struct head_tensor {
    enum head head;
    const char *hf;     // as transformers calls it today
    const char *google; // NULL: Google's files have no such tensor
    bool kernel;        // Google's files store it as [in, out]
};
// By its name in any dialect; NULL when it is none of BERT's own heads.
const struct head_tensor *names_head(const char *name);

// The masked LM's output matrix where the file has one; NULL: the word embeddings are.
const struct ckpt_tensor *names_decoder(const struct ckpt *ckpt);

// Whether a tensor of a head is, bit for bit, the one that it is a copy of as a rule: the decoder's
// matrix the word embeddings, its bias that of the predictions. transformers does not save it then.
bool names_is_copy(const struct ckpt *ckpt, const struct ckpt_tensor *t);

// The head that an architecture of config.json has where its tensors do not tell it from others:
// "token-classification"; NULL: not one of these.
const char *names_classifier(const char *architecture);

// The scales of a matrix that is stored as bytes (of its rows [out]): NAME_scale; NULL: none.
const struct ckpt_tensor *names_scale(const struct ckpt *ckpt, const char *name);

// A tensor that belongs to no network: a buffer that old versions saved beside the parameters, an
// optimizer's state, a step counter.
bool names_is_extra(const char *name);

#endif
