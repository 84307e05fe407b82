// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::test {

/// What the files of a disk hold, by name.
using disk_image = std::map<std::string, std::string>;

/// What happened to one file of a lossy_disk.
struct disk_event {
    enum class kind { write, truncate, remove, sync, sync_directory };

    kind what;
    std::string file;
    /// Of a write: where; of a truncate: the new size.
    std::size_t at = 0;
    std::string bytes;

    void apply(std::optional<std::string>& file_bytes) const {
        switch (what) {
        case kind::write:
            apply(file_bytes, 0, bytes.size());
            break;
        case kind::truncate:
            file_bytes.emplace(file_bytes.value_or("")).resize(at);
            break;
        case kind::remove:
            file_bytes.reset();
            break;
        case kind::sync:
        case kind::sync_directory:
            break;
        }
    }

    /// Of a write: only its bytes from `first` to `last`.
    void apply(std::optional<std::string>& file_bytes, std::size_t first, std::size_t last) const {
        auto& to = file_bytes ? *file_bytes : file_bytes.emplace();
        to.resize(std::max(to.size(), at + last));
        std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(first),
                  bytes.begin() + static_cast<std::ptrdiff_t>(last),
                  to.begin() + static_cast<std::ptrdiff_t>(at + first));
    }
};

/// One file of a disk: what a loss of power leaves of it for sure, what was written, and what came in
/// between.
struct disk_file {
    std::optional<std::string> kept;
    std::optional<std::string> written;
    std::vector<disk_event const*> waiting;

    void happen(disk_event const& e) {
        e.apply(written);
        waiting.push_back(&e);
        if (e.what != disk_event::kind::sync)
            return;
        kept = written;
        waiting.clear();
    }

    /// A name that was removed is gone for good.
    void sync_directory() {
        auto const last = std::find_if(waiting.rbegin(), waiting.rend(),
                                       [](auto const* e) { return e->what == disk_event::kind::remove; });
        if (last == waiting.rend())
            return;
        kept.reset();
        waiting.erase(waiting.begin(), last.base());
    }
};

/// All files of a disk.
class disk_files {
  public:
    void happen(disk_event const& e) {
        if (e.what != disk_event::kind::sync_directory)
            return all_[e.file].happen(e);
        for (auto& [name, f] : all_)
            f.sync_directory();
    }

    [[nodiscard]] std::map<std::string, disk_file> const& all() const noexcept { return all_; }

  private:
    std::map<std::string, disk_file> all_;
};

/// A fault of a lossy_disk: writes, truncations and syncs are counted from 0, and fail from `first` on.
struct disk_fault {
    std::size_t first = 0;
    std::size_t count = 1;
    /// SQLITE_FULL is the answer to writes only.
    int code = SQLITE_FULL;
};

/// A complete file system in memory, which is SQLite's default one while it exists: it remembers every write
/// and every sync, so that a test can make what a disk may hold after a loss of power, and it can fail.
///
/// Files, their locks and the shared memory of a WAL behave as SQLite's own on Unix, within one process.
class lossy_disk {
  public:
    explicit lossy_disk(disk_image const& start = {}) : name_(next_name()) {
        for (auto const& [name, bytes] : start)
            files_[name] = std::make_shared<node>(name, bytes);
        fill_in(*sqlite3_vfs_find(nullptr));
        if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK)
            throw std::runtime_error("SQLite takes no file system");
    }
    lossy_disk(lossy_disk const&) = delete;
    lossy_disk& operator=(lossy_disk const&) = delete;
    ~lossy_disk() { sqlite3_vfs_unregister(&vfs_); }

    /// How much has happened so far.
    [[nodiscard]] std::size_t time() const {
        std::scoped_lock const lock(mutex_);
        return log_.size();
    }
    /// Everything that has happened; for when nobody uses the disk.
    [[nodiscard]] std::vector<disk_event> const& log() const noexcept { return log_; }

    /// What survives a loss of power right now, if the disk kept nothing that it need not keep.
    [[nodiscard]] disk_image durable() const {
        std::scoped_lock const lock(mutex_);
        disk_files files;
        for (auto const& e : log_)
            files.happen(e);
        disk_image image;
        for (auto const& [name, f] : files.all())
            if (f.kept)
                image.emplace(name, *f.kept);
        return image;
    }

    /// Fails like this from now on, counted from now.
    void break_with(disk_fault fault) {
        std::scoped_lock const lock(mutex_);
        fault_ = fault;
        tried_ = 0;
    }
    void repair() {
        std::scoped_lock const lock(mutex_);
        fault_.reset();
    }
    /// How many writes, truncations and syncs were tried since `break_with`.
    [[nodiscard]] std::size_t tried() const {
        std::scoped_lock const lock(mutex_);
        return tried_;
    }

  private:
    static constexpr std::size_t slots = SQLITE_SHM_NLOCK;

    struct handle;

    // A file, which outlives its name while it is open.
    struct node {
        explicit node(std::string n = {}, std::string b = {}) : name(std::move(n)), bytes(std::move(b)) {}

        std::string name;
        std::string bytes;

        std::set<handle const*> shared;
        handle const* reserved = nullptr;
        // A pending lock keeps new readers out; with no other reader left it is exclusive.
        handle const* pending = nullptr;

        std::vector<std::unique_ptr<char[]>> memory;
        std::set<handle const*> mapped;
        std::array<std::set<handle const*>, slots> memory_shared;
        std::array<handle const*, slots> memory_exclusive{};
    };

    struct handle {
        lossy_disk* disk;
        std::shared_ptr<node> of;
        // Temporary files are nobody's concern.
        bool logged;
        // As SQLite's own: the first sync of a new journal or WAL is one of the directory too.
        bool syncs_directory = false;
        int level = SQLITE_LOCK_NONE;
    };

    struct file : sqlite3_file {
        handle* self;
    };

    [[nodiscard]] static std::string next_name() {
        static std::atomic<int> last{0};
        return "lossy-" + std::to_string(++last);
    }

    [[nodiscard]] static lossy_disk& disk_of(sqlite3_vfs* v) {
        return *static_cast<lossy_disk*>(v->pAppData);
    }
    [[nodiscard]] static handle& of(sqlite3_file* f) { return *static_cast<file*>(f)->self; }

    // Under the lock. The error of the fault, if it is its turn.
    [[nodiscard]] int turn(handle const& h, int otherwise) {
        if (!h.logged)
            return SQLITE_OK;
        auto const mine = tried_++;
        if (!fault_ || mine < fault_->first || mine - fault_->first >= fault_->count)
            return SQLITE_OK;
        if (fault_->code == SQLITE_FULL)
            return otherwise == SQLITE_IOERR_WRITE ? SQLITE_FULL : SQLITE_OK;
        return otherwise;
    }

    void note(handle const& h, disk_event::kind what, std::size_t at = 0, std::string bytes = {}) {
        if (h.logged)
            log_.push_back({what, h.of->name, at, std::move(bytes)});
    }

    // --- the file system ---

    void fill_in(sqlite3_vfs const& base) {
        base_ = const_cast<sqlite3_vfs*>(&base);
        vfs_.iVersion = 2;
        vfs_.szOsFile = sizeof(file);
        vfs_.mxPathname = 512;
        vfs_.zName = name_.c_str();
        vfs_.pAppData = this;
        vfs_.xOpen = &open;
        vfs_.xDelete = &remove;
        vfs_.xAccess = &access;
        vfs_.xFullPathname = [](sqlite3_vfs*, char const* name, int size, char* out) {
            sqlite3_snprintf(size, out, "%s", name);
            return SQLITE_OK;
        };
        vfs_.xRandomness = [](sqlite3_vfs* v, int size, char* out) {
            auto* const real = disk_of(v).base_;
            return real->xRandomness(real, size, out);
        };
        vfs_.xSleep = [](sqlite3_vfs* v, int microseconds) {
            auto* const real = disk_of(v).base_;
            return real->xSleep(real, microseconds);
        };
        vfs_.xCurrentTime = [](sqlite3_vfs* v, double* out) {
            auto* const real = disk_of(v).base_;
            return real->xCurrentTime(real, out);
        };
        vfs_.xCurrentTimeInt64 = [](sqlite3_vfs* v, sqlite3_int64* out) {
            auto* const real = disk_of(v).base_;
            return real->xCurrentTimeInt64(real, out);
        };
        vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
    }

    static int open(sqlite3_vfs* v, char const* name, sqlite3_file* out, int flags, int* flags_out) {
        auto& disk = disk_of(v);
        std::scoped_lock const lock(disk.mutex_);
        out->pMethods = nullptr;
        bool const logged = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0;
        auto found = logged ? disk.find(name) : std::make_shared<node>();
        bool const is_new = found == nullptr;
        if (is_new && (flags & SQLITE_OPEN_CREATE) == 0)
            return SQLITE_CANTOPEN;
        if (is_new)
            found = disk.files_[name] = std::make_shared<node>(name);
        auto* const self = new handle{&disk, found, logged};
        self->syncs_directory =
            (flags & SQLITE_OPEN_CREATE) != 0 && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
        if (is_new)
            disk.note(*self, disk_event::kind::truncate);
        static_cast<file*>(out)->self = self;
        out->pMethods = &methods();
        if (flags_out != nullptr)
            *flags_out = flags;
        return SQLITE_OK;
    }

    [[nodiscard]] std::shared_ptr<node> find(char const* name) const {
        auto const at = files_.find(name);
        return at == files_.end() ? nullptr : at->second;
    }

    static int remove(sqlite3_vfs* v, char const* name, int sync_directory) {
        auto& disk = disk_of(v);
        std::scoped_lock const lock(disk.mutex_);
        if (disk.files_.erase(name) == 0)
            return SQLITE_IOERR_DELETE_NOENT;
        disk.log_.push_back({disk_event::kind::remove, name, 0, {}});
        if (sync_directory != 0)
            disk.log_.push_back({disk_event::kind::sync_directory, name, 0, {}});
        return SQLITE_OK;
    }

    static int access(sqlite3_vfs* v, char const* name, int, int* out) {
        auto& disk = disk_of(v);
        std::scoped_lock const lock(disk.mutex_);
        *out = disk.files_.contains(name) ? 1 : 0;
        return SQLITE_OK;
    }

    // --- a file ---

    static sqlite3_io_methods const& methods() {
        static sqlite3_io_methods const all = [] {
            sqlite3_io_methods m{};
            m.iVersion = 2;
            m.xClose = &close;
            m.xRead = &read;
            m.xWrite = &write;
            m.xTruncate = &truncate;
            m.xSync = &sync;
            m.xFileSize = &size;
            m.xLock = &lock_file;
            m.xUnlock = &unlock_file;
            m.xCheckReservedLock = &check_reserved;
            m.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
            // What SQLite's own says on Linux.
            m.xSectorSize = [](sqlite3_file*) { return 4096; };
            m.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
            m.xShmMap = &map_memory;
            m.xShmLock = &lock_memory;
            m.xShmBarrier = [](sqlite3_file* f) {
                std::atomic_thread_fence(std::memory_order_seq_cst);
                std::scoped_lock const lock(of(f).disk->mutex_);
            };
            m.xShmUnmap = &unmap_memory;
            return m;
        }();
        return all;
    }

    static int close(sqlite3_file* f) {
        auto* const h = &of(f);
        {
            std::scoped_lock const lock(h->disk->mutex_);
            unlock(*h, SQLITE_LOCK_NONE);
            unmap(*h);
        }
        delete h;
        return SQLITE_OK;
    }

    static int read(sqlite3_file* f, void* out, int amount, sqlite3_int64 offset) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        auto const wanted = static_cast<std::size_t>(amount);
        auto const from = std::min(static_cast<std::size_t>(offset), h.of->bytes.size());
        auto const there = h.of->bytes.copy(static_cast<char*>(out), wanted, from);
        std::memset(static_cast<char*>(out) + there, 0, wanted - there);
        return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }

    static int write(sqlite3_file* f, void const* data, int amount, sqlite3_int64 offset) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        if (auto const no = h.disk->turn(h, SQLITE_IOERR_WRITE); no != SQLITE_OK)
            return no;
        std::string bytes(static_cast<char const*>(data), static_cast<std::size_t>(amount));
        auto const at = static_cast<std::size_t>(offset);
        auto& to = h.of->bytes;
        to.resize(std::max(to.size(), at + bytes.size()));
        to.replace(at, bytes.size(), bytes);
        h.disk->note(h, disk_event::kind::write, at, std::move(bytes));
        return SQLITE_OK;
    }

    static int truncate(sqlite3_file* f, sqlite3_int64 to) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        if (auto const no = h.disk->turn(h, SQLITE_IOERR_TRUNCATE); no != SQLITE_OK)
            return no;
        h.of->bytes.resize(static_cast<std::size_t>(to));
        h.disk->note(h, disk_event::kind::truncate, static_cast<std::size_t>(to));
        return SQLITE_OK;
    }

    static int sync(sqlite3_file* f, int) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        if (auto const no = h.disk->turn(h, SQLITE_IOERR_FSYNC); no != SQLITE_OK)
            return no;
        h.disk->note(h, disk_event::kind::sync);
        if (std::exchange(h.syncs_directory, false))
            h.disk->note(h, disk_event::kind::sync_directory);
        return SQLITE_OK;
    }

    static int size(sqlite3_file* f, sqlite3_int64* out) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        *out = static_cast<sqlite3_int64>(h.of->bytes.size());
        return SQLITE_OK;
    }

    // --- locks of a file ---

    static int lock_file(sqlite3_file* f, int level) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        auto& n = *h.of;
        if (h.level >= level)
            return SQLITE_OK;
        if (n.pending != nullptr && n.pending != &h)
            return SQLITE_BUSY;
        if (level != SQLITE_LOCK_SHARED && n.reserved != nullptr && n.reserved != &h)
            return SQLITE_BUSY;
        if (level == SQLITE_LOCK_SHARED)
            n.shared.insert(&h);
        else if (level == SQLITE_LOCK_RESERVED)
            n.reserved = &h;
        else {
            n.pending = &h;
            h.level = SQLITE_LOCK_PENDING;
            if (n.shared.size() != n.shared.count(&h))
                return SQLITE_BUSY;
        }
        h.level = level;
        return SQLITE_OK;
    }

    static int unlock_file(sqlite3_file* f, int level) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        unlock(h, level);
        return SQLITE_OK;
    }

    static void unlock(handle& h, int level) {
        auto& n = *h.of;
        if (h.level <= level)
            return;
        if (n.reserved == &h)
            n.reserved = nullptr;
        if (n.pending == &h)
            n.pending = nullptr;
        if (level == SQLITE_LOCK_NONE)
            n.shared.erase(&h);
        h.level = level;
    }

    static int check_reserved(sqlite3_file* f, int* out) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        *out = h.of->reserved != nullptr || h.of->pending != nullptr ? 1 : 0;
        return SQLITE_OK;
    }

    // --- the shared memory of a WAL ---

    static int map_memory(sqlite3_file* f, int region, int size, int extend, void volatile** out) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        auto& n = *h.of;
        n.mapped.insert(&h);
        auto const wanted = static_cast<std::size_t>(region);
        *out = nullptr;
        if (wanted >= n.memory.size() && extend == 0)
            return SQLITE_OK;
        while (wanted >= n.memory.size())
            n.memory.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
        *out = n.memory[wanted].get();
        return SQLITE_OK;
    }

    static int lock_memory(sqlite3_file* f, int offset, int count, int flags) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        auto const first = static_cast<std::size_t>(offset);
        auto const last = first + static_cast<std::size_t>(count);
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            for (auto slot = first; slot != last; ++slot)
                unlock_slot(h, slot);
            return SQLITE_OK;
        }
        bool const shares = (flags & SQLITE_SHM_SHARED) != 0;
        for (auto slot = first; slot != last; ++slot)
            if (!may_lock(h, slot, shares))
                return SQLITE_BUSY;
        for (auto slot = first; slot != last; ++slot)
            if (shares)
                h.of->memory_shared[slot].insert(&h);
            else
                h.of->memory_exclusive[slot] = &h;
        return SQLITE_OK;
    }

    [[nodiscard]] static bool may_lock(handle const& h, std::size_t slot, bool shares) {
        auto const* const owner = h.of->memory_exclusive[slot];
        auto const& readers = h.of->memory_shared[slot];
        if (owner != nullptr && owner != &h)
            return false;
        return shares || readers.size() == readers.count(&h);
    }

    static void unlock_slot(handle const& h, std::size_t slot) {
        h.of->memory_shared[slot].erase(&h);
        if (h.of->memory_exclusive[slot] == &h)
            h.of->memory_exclusive[slot] = nullptr;
    }

    static int unmap_memory(sqlite3_file* f, int) {
        auto& h = of(f);
        std::scoped_lock const lock(h.disk->mutex_);
        unmap(h);
        return SQLITE_OK;
    }

    static void unmap(handle const& h) {
        for (std::size_t slot = 0; slot != slots; ++slot)
            unlock_slot(h, slot);
        h.of->mapped.erase(&h);
        // As when the last process goes: the next one builds it again from the WAL.
        if (h.of->mapped.empty())
            h.of->memory.clear();
    }

    std::string const name_;
    sqlite3_vfs vfs_{};
    sqlite3_vfs* base_ = nullptr;

    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<node>> files_;
    std::vector<disk_event> log_;
    std::optional<disk_fault> fault_;
    std::size_t tried_ = 0;
};

/// Goes through a log, and shows at each moment what a disk could hold if power were lost right then: of each
/// file all that was written up to its last sync, and any of what came later.
class power_losses {
  public:
    explicit power_losses(std::vector<disk_event> const& log) : log_(log) {}

    /// Calls `see(time, image)` for each moment and each image; some images come several times.
    template <class See>
    void each(See see) {
        for (std::size_t now = 0; now <= log_.size(); ++now) {
            auto const show = [&](disk_image const& image) { see(now, image); };
            each_whole(show);
            if (now != 0)
                each_torn(log_[now - 1], show);
            // The most is waiting right before a sync.
            if (now != log_.size() && log_[now].what == disk_event::kind::sync)
                each_part(log_[now].file, show);
            if (now != log_.size())
                files_.happen(log_[now]);
        }
    }

  private:
    using bytes = std::optional<std::string>;

    // Of each file all or nothing of what is not safe.
    template <class Show>
    void each_whole(Show const& show) const {
        disk_image image;
        choose(files_.all().begin(), image, show);
    }

    template <class Show>
    void choose(std::map<std::string, disk_file>::const_iterator at, disk_image& image,
                Show const& show) const {
        if (at == files_.all().end())
            return show(image);
        auto const& [name, s] = *at++;
        with(image, name, s.kept, [&] { choose(at, image, show); });
        if (!s.waiting.empty())
            with(image, name, s.written, [&] { choose(at, image, show); });
    }

    template <class Then>
    static void with(disk_image& image, std::string const& name, bytes const& content, Then const& then) {
        if (content)
            image[name] = *content;
        then();
        image.erase(name);
    }

    // One file is like this, the others have kept all or nothing.
    template <class Show>
    void one(std::string const& name, bytes const& content, Show const& show) const {
        disk_image image;
        for (bool const all : {false, true}) {
            for (auto const& [other, s] : files_.all())
                if (auto const& b = other == name ? content : all ? s.written : s.kept; b)
                    image[other] = *b;
            show(image);
            image.clear();
        }
    }

    // The last write reached the disk up to an edge of a sector, or from it on.
    template <class Show>
    void each_torn(disk_event const& last, Show const& show) const {
        constexpr std::size_t sector = 512;
        if (last.what != disk_event::kind::write)
            return;
        bytes before;
        auto const& s = files_.all().at(last.file);
        before = s.kept;
        for (auto const* const e : s.waiting)
            if (e != &last)
                e->apply(before);
        for (auto edge = (last.at / sector + 1) * sector; edge < last.at + last.bytes.size();
             edge += sector) {
            auto head = before;
            last.apply(head, 0, edge - last.at);
            one(last.file, head, show);
            auto tail = before;
            last.apply(tail, edge - last.at, last.bytes.size());
            one(last.file, tail, show);
        }
    }

    // Of what waits in one file: each beginning, each single write, and each lack of one.
    template <class Show>
    void each_part(std::string const& name, Show const& show) const {
        auto const known = files_.all().find(name);
        if (known == files_.all().end())
            return;
        auto const& waiting = known->second.waiting;
        auto beginning = known->second.kept;
        for (std::size_t i = 0; i != waiting.size(); ++i) {
            auto alone = known->second.kept;
            waiting[i]->apply(alone);
            one(name, alone, show);
            auto without = known->second.kept;
            for (std::size_t j = 0; j != waiting.size(); ++j)
                if (j != i)
                    waiting[j]->apply(without);
            one(name, without, show);
            waiting[i]->apply(beginning);
            one(name, beginning, show);
        }
    }

    std::vector<disk_event> const& log_;
    disk_files files_;
};

} // namespace posthorn::test
