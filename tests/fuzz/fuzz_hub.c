// fuzz_hub.c: lines as a model's name, a revision, and a repository's list of files. Whatever
// passes as a name stays in its folder.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/names.h"
#include "hub/wanted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const char *path)
{
    if (path[0] == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 ||
        strstr(path, "/../") || strchr(path, '\n') || strlen(path) > 1000)
        abort();
    const size_t len = strlen(path);
    if (len == 0 || path[len - 1] == '/' || (len > 2 && strcmp(path + len - 3, "/..") == 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 100 };
    const char *lines[MOST];
    bool take[MOST];
    size_t n = 0;
    struct hub_id id;
    bert_error err;
    char *text = malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = 0;
    for (char *line = strtok(text, "\n"); line && n < MOST; line = strtok(NULL, "\n")) {
        lines[n++] = line;
        if (hub_path_valid(line)) check_inside(line);
        if (hub_id_parse(&id, line, &err)) continue;
        check_inside(id.name);
        check_inside(id.revision);
        if (strchr(id.name, '@') || strchr(id.revision, '@')) abort();
    }
    hub_wanted(lines, n, take);
    for (size_t i = 0; i < n; i++) {
        if (take[i] && strncmp(lines[i], "onnx/", 5) == 0) abort();
    }
    free(text);
    return 0;
}
