// model.h: an open model: fixed once opened, shared by sessions.
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "model/files.h"
#include "model/heads.h"
#include "model/load.h"
#include "model/sentence.h"
#include "nn/encoder.h"

struct bert_model {
    const struct device *device;
    struct config config;
    struct bert_config public_config;
    struct bert_embedding_config embedding;
    struct sentence_config sentence_config;
    struct sentence sentence; // what follows the pooling
    struct ckpt *ckpt;        // the parameters lie in it
    struct heads heads;       // in it, of no use to the encoder
    struct loaded loaded;
    struct weights weights;
    bert_tokenizer *tokenizer;
    struct notes notes;
    // Where it came from, for saving it.
    char *root;               // the folder that was opened: sentence-transformers' files are in it
    struct model_files files; // the network's own, in root or in a folder of it
    bool plain_tokenizer;     // it does what its files say: no option said otherwise
};

// The network of a model, for encoder_forward.
struct encoder model_encoder(const bert_model *model);

#endif
