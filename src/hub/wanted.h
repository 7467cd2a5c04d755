// wanted.h: which of a repository's files make a BERT: its configuration, its tokenizer, its
// weights in the best of the forms that are there, and the same in the folders of
// sentence-transformers' modules. Not the copies for other programs: ONNX, OpenVINO, Keras, Flax.
#ifndef HUB_WANTED_H
#define HUB_WANTED_H

#include <stdbool.h>
#include <stddef.h>

// Marks those of n files that are wanted. False when there are no weights among them.
bool hub_wanted(const char *const *files, size_t n, bool *take);

// What form the weights in a folder have, "safetensors", "torch", "tensorflow"; NULL without any.
const char *hub_weights_form(const char *folder);

// The names that weights may have, "model.safetensors, …", for a message.
const char *hub_weights_names(char room[256]);

#endif
