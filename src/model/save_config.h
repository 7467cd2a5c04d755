// save_config.h: the configuration of a model that is saved: what its own file said, and what the
// other side's readers have to be told.
#ifndef MODEL_SAVE_CONFIG_H
#define MODEL_SAVE_CONFIG_H

#include "model/save_tensors.h"

// config.json: every member of the model's own file as it stands there, the dtype, and what that
// file left to defaults. FORMAT, IO, MEMORY.
bert_status save_config_hf(struct buf *out, const bert_model *model, const struct save_plan *plan,
                           bert_error *err);

// bert_config.json: the members that Google's code knows. UNSUPPORTED: an activation that it does
// not.
bert_status save_config_google(struct buf *out, const bert_model *model, bert_error *err);

#endif
