// catalogue.h: the models that are known by name: all that Google published, under short names, and
// some of the Hugging Face hub that are good to begin with. What is not here but is on the hub is
// pulled by its name there just as well.
#ifndef HUB_CATALOGUE_H
#define HUB_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

struct hub_model {
    const char *name;    // "google/2x128", "BAAI/bge-small-en-v1.5"
    const char *alias;   // a second name, "google/tiny"; NULL: none
    const char *archive; // of Google's: its path in their storage, without ".zip"; NULL: on the hub
    size_t layers, hidden, vocab;
    bool cased;
    const char *good_for;
};

const struct hub_model *hub_catalogue(size_t *count);
const struct hub_model *hub_catalogue_find(const char *name); // by name or alias; NULL: none
// Weights of the encoder and its pooler: feed-forward 4 × hidden, 512 positions, 2 token types.
size_t hub_model_parameters(const struct hub_model *model);

#endif
