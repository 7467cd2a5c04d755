// google.c: a model of Google's: a zip archive, of which the checkpoint, its configuration and its
// vocabulary are unpacked into a folder that bears the archive's name.
//
//     ARCHIVES/2020_02_20/uncased_L-2_H-128_A-2.zip.MD5.incomplete   so far
//     ARCHIVES/2020_02_20/uncased_L-2_H-128_A-2.zip                  whole, until it is unpacked
//     ARCHIVES/2020_02_20/uncased_L-2_H-128_A-2.tmp/                 being unpacked
//     ARCHIVES/2020_02_20/uncased_L-2_H-128_A-2/                     the model
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/zip.h"
#include "hub/wanted.h"
#include "pull.h"
#include "transfer.h"

enum { NAME_MOST = 1000 };

// One archive being brought.
struct job {
    struct pull *pull;
    const struct hub_model *model;
    char *folder; // where the model goes
    char *zip;    // the archive, the folder it is unpacked into, the lock
    char *unpacked, *lock;
};

static char *with_ending(const char *path, const char *ending)
{
    struct buf b;
    buf_init(&b);
    buf_print(&b, "%s%s", path, ending);
    char *text = b.failed ? NULL : mem_string(b.data, b.len);
    buf_release(&b);
    return text;
}

static bert_status job_init(struct job *j, bert_error *err)
{
    j->folder = os_join(j->pull->settings->archives, j->model->archive);
    if (!j->folder) return fail_memory(err);
    j->zip = with_ending(j->folder, ".zip");
    j->unpacked = with_ending(j->folder, ".tmp");
    j->lock = with_ending(j->folder, ".lock");
    if (!j->zip || !j->unpacked || !j->lock) return fail_memory(err);
    char *slash = strrchr(j->lock, '/');
    *slash = 0;
    const bert_status status = os_folder_make(j->lock, err);
    *slash = '/';
    return status;
}

static void job_release(struct job *j)
{
    mem_free(j->folder);
    mem_free(j->zip);
    mem_free(j->unpacked);
    mem_free(j->lock);
}

// --------------------------------------------------------------------------------------- bringing

static bert_status ask_archive(const struct job *j, const char *url, struct http_reply *reply,
                               bert_error *err)
{
    char site[256];
    http_site(url, site);
    TRY(transfer_ask(j->pull->http, url, NULL, NULL, reply, err));
    if (reply->status == 200 && reply->has_length) return BERT_OK;
    if (reply->status == 200)
        return fail(err, BERT_FORMAT, "%s: %s does not say its size", j->model->name, site);
    return fail(err, BERT_IO, "%s: %s answers %ld to %s.zip", j->model->name, site, reply->status,
                j->model->archive);
}

static bert_status bring_archive(const struct job *j, bert_error *err)
{
    char url[HTTP_URL], ending[80], md5[DIGEST_HEX];
    struct http_reply reply;
    snprintf(url, sizeof url, "%s/%s.zip", j->pull->settings->google_endpoint, j->model->archive);
    TRY(ask_archive(j, url, &reply, err));
    reply_md5(&reply, md5);
    snprintf(ending, sizeof ending, "%s%s.incomplete", md5[0] ? "." : "", md5);
    char *partial = with_ending(j->zip, ending);
    if (!partial) return fail_memory(err);
    const struct transfer t = {.name = strrchr(j->zip, '/') + 1,
                               .url = url,
                               .partial = partial,
                               .path = j->zip,
                               .size = reply.length,
                               .etag = reply.etag,
                               .checksum = md5,
                               .kind = DIGEST_MD5};
    const bert_status status = transfer_run(j->pull->http, &t, &j->pull->meter, err);
    if (!status) pull_tell(j->pull, t.name, t.size);
    mem_free(partial);
    return status;
}

// -------------------------------------------------------------------------------------- unpacking

// The members' names as paths within the model's folder: without the one folder in which they may
// all be, and "" for folders.
struct members {
    struct zip zip;
    char (*paths)[NAME_MOST];
    const char **names; // [zip.count], into paths
    bool *take;
};

static bert_status fail_name(const struct job *j, const char *name, bert_error *err)
{
    return fail(err, BERT_FORMAT, "%s: member '%.200s' would be unpacked outside of its folder",
                j->zip, name);
}

// A member's path, checked: whatever is in the archive, also what is not unpacked.
static bert_status read_name(const struct job *j, const struct zip_member *m, char path[NAME_MOST],
                             bert_error *err)
{
    if (m->name_len >= NAME_MOST)
        return fail(err, BERT_FORMAT, "%s: a member's name of %zu bytes", j->zip, m->name_len);
    memcpy(path, m->name, m->name_len);
    path[m->name_len] = 0;
    const bool is_folder = m->name_len && path[m->name_len - 1] == '/';
    if (is_folder) path[m->name_len - 1] = 0;
    if (strlen(path) != m->name_len - is_folder || !hub_path_valid(path))
        return fail_name(j, path, err);
    if (is_folder) path[0] = 0;
    return BERT_OK;
}

// The length of the folder that all paths begin with, with its slash; 0: none.
static size_t top_folder(const struct members *m)
{
    const char *first = NULL;
    size_t len = 0;
    for (size_t i = 0; i < m->zip.count; i++) {
        const char *path = m->paths[i], *slash = strchr(path, '/');
        if (!*path) continue;
        if (!slash) return 0;
        if (!first) len = (size_t)(slash - path) + 1;
        if (first && strncmp(path, first, len) != 0) return 0;
        first = path;
    }
    return len;
}

static bert_status choose_members(const struct job *j, struct members *m, bert_error *err)
{
    m->paths = mem_alloc(m->zip.count, sizeof *m->paths);
    m->names = mem_alloc(m->zip.count, sizeof *m->names);
    m->take = mem_zero(m->zip.count, sizeof *m->take);
    if (!m->paths || !m->names || !m->take) return fail_memory(err);
    for (size_t i = 0; i < m->zip.count; i++)
        TRY(read_name(j, &m->zip.members[i], m->paths[i], err));
    const size_t top = top_folder(m);
    for (size_t i = 0; i < m->zip.count; i++)
        m->names[i] = m->paths[i] + (m->paths[i][0] ? top : 0);
    if (hub_wanted(m->names, m->zip.count, m->take)) return BERT_OK;
    return fail(err, BERT_FORMAT, "%s: there is no checkpoint in it", j->zip);
}

// Four bytes a parameter, with room for what a checkpoint may hold besides.
static bert_status check_size(const struct job *j, const struct members *m, bert_error *err)
{
    const uint64_t most = 16 * (uint64_t)hub_model_parameters(j->model) + (64 << 20);
    uint64_t total = 0;
    for (size_t i = 0; i < m->zip.count; i++) {
        if (m->take[i]) total += m->zip.members[i].size;
        if (total > most || m->zip.members[i].size > most) {
            return fail(err, BERT_FORMAT,
                        "%s: unpacked it is larger than %llu MB, which this model "
                        "cannot be",
                        j->zip, (unsigned long long)(most / 1000000));
        }
    }
    const uint64_t room = os_free_bytes(j->unpacked);
    if (total <= room) return BERT_OK;
    return fail(err, BERT_IO, "%s: unpacking it needs %llu MB, and %llu MB are free", j->zip,
                (unsigned long long)(total / 1000000 + 1), (unsigned long long)(room / 1000000));
}

struct sink {
    struct os_writer writer;
    struct meter *meter;
    uint64_t done;
};

static bert_status write_member(void *arg, const void *bytes, size_t n, bert_error *err)
{
    struct sink *s = arg;
    if (http_signal()) return fail(err, BERT_CANCELLED, "interrupted");
    TRY(os_writer_write(&s->writer, bytes, n, err));
    s->done += n;
    meter_at(s->meter, s->done);
    return BERT_OK;
}

static bert_status unpack_member(const struct job *j, const struct zip_member *m, const char *name,
                                 bert_error *err)
{
    struct sink s = {.meter = &j->pull->meter};
    char *path = os_join(j->unpacked, name);
    if (!path) return fail_memory(err);
    bert_status status = os_writer_open(&s.writer, path, err);
    mem_free(path);
    if (status) return status;
    meter_begin(s.meter, name, 0, m->size);
    status = zip_unpack(m, write_member, &s, j->zip, err);
    meter_end(s.meter);
    if (!status) return os_writer_commit(&s.writer, err);
    os_writer_abandon(&s.writer);
    return status;
}

static bert_status unpack_members(const struct job *j, const struct os_file *file,
                                  struct members *m, bert_error *err)
{
    m->zip.takes_deflated = true;
    TRY(zip_read(&m->zip, file->data, file->size, j->zip, err));
    TRY(choose_members(j, m, err));
    os_remove(j->unpacked); // what a run left that was killed
    TRY(os_folder_make(j->unpacked, err));
    TRY(check_size(j, m, err));
    for (size_t i = 0; i < m->zip.count; i++) {
        if (m->take[i]) TRY(unpack_member(j, &m->zip.members[i], m->names[i], err));
    }
    os_remove(j->folder); // one without weights: it is none
    return os_rename(j->unpacked, j->folder, err);
}

static bert_status unpack_archive(const struct job *j, bert_error *err)
{
    struct members m = {0};
    struct os_file file;
    TRY(os_file_open(&file, j->zip, false, err)); // ours: nobody else has reason to shorten it
    const bert_status status = unpack_members(j, &file, &m, err);
    zip_release(&m.zip);
    mem_free(m.paths);
    mem_free(m.names);
    mem_free(m.take);
    os_file_close(&file);
    if (status) os_remove(j->unpacked);
    if (!status || status == BERT_FORMAT || status == BERT_UNSUPPORTED) os_remove(j->zip);
    return status;
}

// ----------------------------------------------------------------------------------------- a model

// With the lock held: unless another process did it meanwhile.
static bert_status bring(const struct job *j, bert_error *err)
{
    if (hub_weights_form(j->folder)) return BERT_OK;
    if (!os_is_file(j->zip)) TRY(bring_archive(j, err));
    return unpack_archive(j, err);
}

bert_status pull_from_google(struct pull *p, const struct hub_model *model, char **path,
                             bert_error *err)
{
    struct job j = {.pull = p, .model = model};
    struct os_lock lock = {-1};
    bert_status status = job_init(&j, err);
    if (!status && !hub_weights_form(j.folder)) { // Google's archives never change
        status = pull_lock(p, &lock, j.lock, model->name, err);
        if (!status) status = bring(&j, err);
        os_lock_release(&lock);
    }
    if (!status) {
        *path = j.folder;
        j.folder = NULL;
    }
    job_release(&j);
    return status;
}
