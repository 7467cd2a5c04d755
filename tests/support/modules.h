// modules.h: a sentence-transformers folder with everything that is read in one: every kind of
// module with its files, prompts, and what tokenizers have beside tokenizer.json.
#ifndef TESTS_MODULES_H
#define TESTS_MODULES_H

// Makes it in a new folder (check_folder_remove). Fails the test when that fails.
void modules_make(char path[256]);

#endif
