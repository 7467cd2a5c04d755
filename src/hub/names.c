// names.c: the rules of names.h.
#include "hub/names.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool all_of(const char *text, size_t len, const char *marks)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_letter(text[i]) && (!text[i] || !strchr(marks, text[i]))) return false;
    }
    return true;
}

// One side of the slash.
static bool is_name_part(const char *part, size_t len)
{
    if (len == 0 || len > 96 || !all_of(part, len, "_-.")) return false;
    const char first = part[0], last = part[len - 1];
    return first != '-' && first != '.' && last != '-' && last != '.';
}

bool hub_name_valid(const char *name)
{
    const char *slash = strchr(name, '/');
    if (strstr(name, "--") || strstr(name, "..")) return false;
    if (!slash) return is_name_part(name, strlen(name));
    return is_name_part(name, (size_t)(slash - name)) && is_name_part(slash + 1, strlen(slash + 1));
}

bool hub_path_valid(const char *path)
{
    const size_t len = strlen(path);
    if (len == 0 || len > 1000) return false;
    for (const char *part = path;; part++) {
        const size_t n = strcspn(part, "/");
        if (n == 0 || n > 255) return false;
        if (part[0] == '.' && (n == 1 || (n == 2 && part[1] == '.'))) return false;
        for (size_t i = 0; i < n; i++) {
            if ((unsigned char)part[i] < 0x20 || part[i] == 0x7F || part[i] == '\\') return false;
        }
        part += n;
        if (!*part) return true;
    }
}

bool hub_revision_valid(const char *revision)
{
    const size_t len = strlen(revision);
    return len <= HUB_REVISION_MOST && hub_path_valid(revision) && revision[0] != '-' &&
           revision[0] != '.' && !strstr(revision, "..") && all_of(revision, len, "_-./+");
}

static bool is_hex(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

bool hub_commit_valid(const char *commit)
{
    return is_hex(commit, 40);
}

bool hub_checksum_valid(const char *checksum)
{
    return is_hex(checksum, 40) || is_hex(checksum, 64);
}

bert_status hub_id_parse(struct hub_id *id, const char *text, bert_error *err)
{
    const size_t len = strcspn(text, "@");
    const char *revision = text[len] ? text + len + 1 : "main";
    *id = (struct hub_id){0};
    if (len < sizeof id->name) memcpy(id->name, text, len);
    if (!hub_name_valid(id->name)) {
        return fail(err, BERT_INVALID,
                    "%s: no name of a model: want ORGANISATION/MODEL, as "
                    "sentence-transformers/all-MiniLM-L6-v2, or one of bert pull --list",
                    text);
    }
    if (!hub_revision_valid(revision)) {
        return fail(err, BERT_INVALID, "%s: no revision: want a branch, a tag or a commit",
                    revision);
    }
    memcpy(id->revision, revision, strlen(revision) + 1);
    return BERT_OK;
}
