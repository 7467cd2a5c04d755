// manuals.c: what each command's manual says beside its options, which come from the table. Example
// lines are run by tests/cli/test_man.sh in a folder that has texts.txt, pairs.tsv and notes.txt.
#include "commands.h"

const struct manual manual_overview = {
    "bert opens any pre-trained BERT as it was published, tokenizes exactly as the reference "
    "does, and prints vectors of tokens, words and sentences from any layer. It needs no "
    "Python and converts nothing.\n\n"
    "The same text gets the same bits alone, in a batch, with one thread or with many.",
    {{"A sentence's vector", "bert embed \"I love Paris\""},
     {"The three lines of a file that are nearest in meaning",
      "bert search --in notes.txt --top 3 \"where do I put my money?\""}},
};

const char manual_models_text[] =
    "-m takes a folder as it was published (Hugging Face, sentence-transformers, or Google's "
    "TensorFlow checkpoint), a file of weights in such a folder, or a name that bert pull "
    "brought. Without -m, $BERT_MODEL says which.";

const char manual_input_text[] =
    "Items are the arguments; else the lines of the files that -i names, where - is standard "
    "input; else the lines of standard input. An empty line is an item too: one item gives one "
    "record, in order. Lines end in \\n or \\r\\n, the last one needs no end, and a byte-order "
    "mark at the start is dropped. -- ends the options.\n\n"
    "A file whose name ends in .tsv, .csv or .jsonl holds an item a record, and so does any other "
    "when --input-format says so. The first line of tsv and csv names the columns; the item is "
    "the column (in jsonl the key) text, and text_pair its second text, for commands that take "
    "pairs. --columns names others: sentence1,sentence2; or numbers, 1,2, when no line names "
    "them. A field of csv may stand in quotes and hold commas, ends of line and, twice, quotes; "
    "tsv has no quotes. In an argument of a command that takes pairs, \" ||| \" (the last one) "
    "stands between the two texts; in lines of text it is text.";

const char manual_output_text[] =
    "Results go to standard output or to the file that -o names, which takes that name only "
    "when it is complete; talk goes to standard error. On a terminal results are text for "
    "people, else JSON lines; --format chooses. Results are a stream: memory does not grow "
    "with the input, and when input pauses, what was read is answered, so that another program "
    "can talk to bert line by line.";

const char manual_environment_text[] = "BERT_MODEL: the model to use without -m. HF_HOME, "
                                       "HF_HUB_CACHE: where the Python tools keep models; bert "
                                       "looks there too. XDG_CACHE_HOME: bert search keeps "
                                       "vectors under it when the folder of the searched file "
                                       "cannot be written to.";

const struct manual manual_embed = {
    "Embeds each item. A sentence is pooled and normalised as the model's own files say, "
    "unless options say otherwise; words and tokens are taken from any layers, and several "
    "layers become one vector as --mix says. A text that is longer than the model takes is "
    "cut, and that is said on standard error, never silent.\n\n"
    "--on-long window cuts it into windows instead, of --max-length tokens or as many as the model "
    "takes, which share --stride tokens with their neighbours. The sentence's vector is the mean of "
    "theirs, weighted by the tokens that no window before has; --windows each gives them as they "
    "are: {\"index\", \"text\", \"windows\": [{\"start\", \"end\", \"embedding\"}, ...]}. A word "
    "or token has one vector, from the window where it has the most context.\n\n"
    "A word is what the tokenizer's basic split says, with --words space what white space "
    "separates, and in jsonl the key words may hold a list of them; a word without tokens has no "
    "vector, and in a list characters count as if there were a space between words. --span 10:14 "
    "keeps the words (or tokens) that these characters of each text are in. With --mix none the "
    "layers of a word or token stand side by side: \"layers\": [{\"layer\", \"values\"}, ...].\n\n"
    "--dims keeps the first numbers of each vector, for models that were trained to be cut so. "
    "As in sentence-transformers the result is divided by its length again only with "
    "--normalize.\n\n"
    "--precision writes vectors smaller, as quantize_embeddings of sentence-transformers does: "
    "binary and ubinary have a bit a number, 1 where it is positive; int8 and uint8 a byte, its "
    "place in the range of its column. Those ranges cannot come from a stream that has not ended: "
    "--ranges names vectors to take them from, which --format npy wrote of the same texts or of "
    "a sample (or two rows, the least and the greatest numbers). What lies outside is clipped.\n\n"
    "--google prints what extract_features.py of google-research/bert prints, and has its "
    "defaults: the google tokenizer, layers -1,-2,-3,-4 (0 is the first encoder layer there), 128 "
    "tokens. \" ||| \" stands between the two texts of a pair.",
    {{"Vectors of the lines of a file, as a NumPy array",
      "bert embed -i texts.txt --format npy -o texts.npy"},
     {"Each word in its context, from the sum of the last two layers",
      "bert embed --level word --layers -2..-1 --mix sum \"We sat by the river bank.\""},
     {"Every token of every layer, the embedding output (layer 0) included",
      "bert embed --level token --layers all --mix none \"a bank\""},
     {"As extract_features.py of google-research/bert",
      "bert embed --google --layers -1,-2 \"who was he? ||| a puppeteer\""},
     {"As bytes, their ranges from the texts themselves",
      "bert embed -i texts.txt --format npy -o texts.npy && bert embed -i texts.txt --precision "
      "int8 --ranges texts.npy --format npy -o bytes.npy"},
     {"Long texts, a vector every 256 tokens",
      "bert embed --max-length 256 --on-long window --stride 32 --windows each -i texts.txt"}},
};

const struct manual manual_similar = {
    "Says how alike the two texts of each item are. In an argument \" ||| \" stands between "
    "them; in a file they are its columns text and text_pair (see INPUT).\n\n"
    "The metrics are those of sentence-transformers, and greater is always nearer: cosine, "
    "dot, and euclidean and manhattan, which are negative distances. The default is the one "
    "that the model was trained for, as its files say. With --matrix every two items are "
    "compared, and a record holds an item's similarities to all; the vectors of all items are "
    "then held in memory.\n\n"
    "Formats: text, jsonl, csv (numbers only), npy (with -o) and f32.",
    {{"Two texts", "bert similar \"a cat sat ||| a kitten was sitting\""},
     {"The pairs of a file", "bert similar -i pairs.tsv --format csv"},
     {"Every line with every other", "bert similar --matrix -i texts.txt --format npy -o all.npy"}},
};

const struct manual manual_search = {
    "Finds the lines of a file that are nearest in meaning to each query. All lines are "
    "compared, so none is missed.\n\n"
    "The vectors of the lines are kept in FILE.bertvec beside the file, or under ~/.cache/bert "
    "when that folder cannot be written to, or where --vectors says; the next search of a "
    "million lines then takes a fraction of a second. They are used only when every byte of "
    "them is as it was written, and was made from these very lines by this very model with "
    "these options. When lines were appended to the file, only those are embedded; after any "
    "other change all are. The file of vectors is replaced as a whole or not at all, and may "
    "be removed at any time. While many lines are embedded, what is done is kept every five "
    "minutes, so that a run which was interrupted is taken up where it was.",
    {{"The nearest lines", "bert search --in notes.txt \"where do I put my money?\""},
     {"One answer a query, as JSON lines",
      "bert search --in notes.txt --top 1 -i texts.txt --format jsonl"},
     {"By another metric", "bert search --in notes.txt --metric euclidean \"the sea at night\""}},
};

const struct manual manual_tokenize = {
    "Prints the pieces of each item as the reference tokenizer cuts it, their ids, and where "
    "in the original text each comes from. Which reference is reproduced, --tokenizer says; "
    "the default is the one that the model's publisher used.\n\n"
    "--on-long window cuts an item of more than --max-length tokens into windows that share "
    "--stride tokens with their neighbours, instead of dropping what is too long. Its record then "
    "is {\"index\", \"windows\": [...]}, whatever the number of windows, and each window has the "
    "fields of a record of its own: tokens, ids, types, offsets, words.",
    {{"Pieces and offsets", "bert tokenize \"Unaffable naïveté\""},
     {"What became of each character", "bert tokenize --explain \"Naïve\""},
     {"The lines that two references cut differently", "bert tokenize --diff google -i texts.txt"},
     {"Long items in windows of 8 tokens",
      "bert tokenize --max-length 8 --on-long window --stride 2 -i texts.txt"},
     {"Only how much there is", "bert tokenize --count -i texts.txt"}},
};

const struct manual manual_detokenize = {
    "Turns ids back into text, as the reference decoder does. Ids are separated by spaces, "
    "commas or brackets, so that a JSON list will do.",
    {{"A list of ids", "bert detokenize --no-special \"[2, 109, 3]\""}},
};

const struct manual manual_inspect = {
    "Prints what a model is: its configuration, how it embeds sentences, its tokenizer, its size, "
    "the heads in its files with their labels, prompts by name, weights that are NaN or infinite; "
    "and every assumption that was made when it was opened, with the file that it came from.\n\n"
    "With --diff, what differs in another model instead: settings, vocabulary, and tensors as they "
    "are stored, with the largest difference; a Google checkpoint's are held against those of its "
    "Hugging Face twin, whatever they are called. Exit status 0 when nothing does, 1 when "
    "something does, 2 when they cannot be compared.",
    {{"A summary", "bert inspect"},
     {"For another program", "bert inspect --json --tensors"},
     {"Whether two models are the same", "bert inspect --diff \"$BERT_MODEL\""}},
};

const struct manual manual_bench = {
    "Measures how long the program takes from its start to its first vector; then latency and "
    "throughput for texts of given lengths, one or several at a time, or with -i for the texts "
    "of files, end to end; and the share of the machine's multiply-add peak, which the same "
    "run measures. p99 is given where there were 100 calls: ask for more --seconds.",
    {{"A quick look", "bert bench --lengths 16 --batches 1,8 --seconds 0.1"},
     {"Texts of one's own", "bert bench -i texts.txt --json"}},
};

const struct manual manual_convert = {
    "Writes a model into a new folder as files that other programs load unchanged.\n\n"
    "--to hf: config.json, model.safetensors, tokenizer.json, tokenizer_config.json, "
    "special_tokens_map.json and vocab.txt for transformers, and for a model of "
    "sentence-transformers the files of that too. --to google: bert_config.json, vocab.txt and "
    "bert_model.ckpt.index and .data-00000-of-00001 for TensorFlow, with Google's names and "
    "matrices as Google has them. Heads that are in the source are kept.\n\n"
    "The folder gets its name when everything is in it; one that is there and holds something "
    "is left alone unless --force says otherwise, and then only if it holds a model and "
    "nothing else.",
    {{"A folder for transformers", "bert convert --to hf -o converted"},
     {"With half the size", "bert convert --to hf --dtype bf16 -o smaller"},
     {"A checkpoint for Google's code", "bert convert --to google -o uncased_checkpoint"}},
};

const struct manual manual_quantize = {
    "Writes a copy of a model whose weights take a quarter (int8) or half (bf16) of the room, "
    "opens it again and measures what is lost: the cosine of each text's vector with that of the "
    "model as it is, at its least and in the mean. The texts are arguments or lines of -i FILE, of "
    "which a thousand tell enough; without either those of --task-file, else some sentences of "
    "ours.\n\n"
    "--task-file FILE also measures what a task loses: FILE holds pairs of texts and a number, how "
    "alike they are, in the columns text, text_pair and label (or as --columns says; \"1,2,3\" "
    "where no line names them). Printed is Spearman's correlation of that number with the cosine "
    "of "
    "the two vectors, of the model as it is and of the copy.\n\n"
    "int8: the layers' matrices as bytes NAME, with a float32 scale a row in NAME_scale; "
    "embeddings in bfloat16, vectors in float32. The copy is measured multiplying in its own type, "
    "as with --dtype TYPE afterwards, the model as it is in float32.",
    {{"Bytes, measured on sentences of ours", "bert quantize --dtype int8 -o small"},
     {"Half the size, measured on a file", "bert quantize --dtype bf16 -i texts.txt -o half"},
     {"With what a task loses", "bert quantize --dtype int8 --task-file scored.tsv -o smaller_yet "
                                "&& bert embed -m smaller_yet --dtype "
                                "int8 \"I love Paris\""}},
};

const struct manual manual_verify = {
    "Compares token ids, the hidden states of every layer, the pooler and the sentence vectors of "
    "a "
    "model with those in FILE: an .npz file that tools/reference.py writes with torch, or JSON "
    "lines {\"text\", \"ids\", \"types\", \"hidden\", \"pooled\", \"embedding\"}, of which all but "
    "the "
    "text may be absent. Reports the largest error of each layer, max|a-b| / max|b|, names the "
    "first difference and what probably caused it. Exit status 1 when something is outside the "
    "tolerance.",
    {{"Against what an earlier run gave",
      "bert embed --format jsonl -i texts.txt -o earlier.jsonl && bert verify --against "
      "earlier.jsonl"}},
};

const struct manual manual_models = {
    "Lists the models that bert pull or the Python tools brought to this machine.",
    {{"What is here", "bert models"}},
};
