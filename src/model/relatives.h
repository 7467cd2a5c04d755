// relatives.h: models that are no BERT, by what their files call them, and what to do instead: what
// runs them, and which BERT does the same work.
#ifndef MODEL_RELATIVES_H
#define MODEL_RELATIVES_H

#include <stddef.h>

struct relative {
    const char *type;   // model_type of config.json
    const char *family; // its tensors' names begin with this and "."; NULL: not known by them
    const char *called; // "a RoBERTa"
    const char *runs;   // programs that run it
    const char *bert;   // what bert pull brings for the same work; NULL: nothing does
};

// NULL: not one of these.
const struct relative *relative_of_type(const char *type);
const struct relative *relative_of_name(const char *tensor);
const struct relative *relative_at(size_t i); // NULL past the last

// "a RoBERTa: run it with transformers, or take a BERT for the same work: bert pull
// google/base-cased"; of NULL what holds for any.
enum { RELATIVE_SAID = 200 };
const char *relative_say(const struct relative *relative, char said[RELATIVE_SAID]);

#endif
