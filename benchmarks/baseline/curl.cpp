// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What libcurl sends as its manual advises those who want speed: one multi handle driven by epoll through
// curl_multi_socket_action, easy handles and connections that are used again, bodies that are not copied. The
// options are those of common/sender.hpp.

#include "../common/sender.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <curl/curl.h>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

constexpr long timeout_ms = 30'000;

void check(CURLcode code) {
    if (code != CURLE_OK)
        throw std::runtime_error(curl_easy_strerror(code));
}

void check(CURLMcode code) {
    if (code != CURLM_OK)
        throw std::runtime_error(curl_multi_strerror(code));
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    check(curl_easy_setopt(easy, option, value));
}

template <class Value>
void set(CURLM* multi, CURLMoption option, Value value) {
    check(curl_multi_setopt(multi, option, value));
}

struct free_handle {
    void operator()(CURL* p) const noexcept { curl_easy_cleanup(p); }
};

struct free_multi {
    void operator()(CURLM* p) const noexcept { curl_multi_cleanup(p); }
};

struct free_list {
    void operator()(curl_slist* p) const noexcept { curl_slist_free_all(p); }
};

// The header fields of one request. libcurl keeps a copy of each line and offers no way to change one.
class header_lines {
  public:
    void add(std::string_view name, std::string_view value) {
        line_.assign(name).append(value);
        add(line_.c_str());
    }

    void add(char const* line) {
        auto* const list = curl_slist_append(lines_.get(), line);
        if (list == nullptr)
            throw std::bad_alloc();
        static_cast<void>(lines_.release());
        lines_.reset(list);
    }

    void clear() noexcept { lines_.reset(); }
    [[nodiscard]] curl_slist* get() const noexcept { return lines_.get(); }

  private:
    std::unique_ptr<curl_slist, free_list> lines_;
    std::string line_;
};

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

// An easy handle with all it points to: one request at a time.
class transfer {
  public:
    transfer(bench::sender_options const& wanted, std::uint64_t series)
        : messages_(wanted, series), easy_(curl_easy_init()) {
        if (!easy_)
            throw std::runtime_error("curl_easy_init failed");
        auto* const easy = easy_.get();
        auto const scheme = std::string(wanted.tls() ? "https://" : "http://");
        auto const url = scheme + wanted.host() + ":" + std::to_string(wanted.port) + "/hooks/item";
        set(easy, CURLOPT_URL, url.c_str());
        set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
        set(easy, CURLOPT_NOSIGNAL, 1L);
        set(easy, CURLOPT_TCP_NODELAY, 1L);
        set(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
        set(easy, CURLOPT_WRITEFUNCTION, &ignore);
        set(easy, CURLOPT_PRIVATE, this);
        set(easy, CURLOPT_POST, 1L);
        // The environment may name one.
        set(easy, CURLOPT_PROXY, "");
        if (wanted.tls())
            set(easy, CURLOPT_CAINFO, wanted.ca.c_str());
    }

    // Makes the next request.
    void prepare(bench::steady::time_point started) {
        started_ = started;
        messages_.next();
        headers_.clear();
        headers_.add("Content-Type: application/json");
        // What libcurl would add and the other senders do not send.
        headers_.add("Accept:");
        headers_.add("Expect:");
        headers_.add("webhook-id: ", messages_.id());
        headers_.add("webhook-timestamp: ", messages_.timestamp());
        if (messages_.is_signed())
            headers_.add("webhook-signature: ", messages_.signature());
        set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
        set(easy_.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(messages_.body().size()));
        set(easy_.get(), CURLOPT_POSTFIELDS, messages_.body().data());
    }

    // Throws unless the answer was a 2xx.
    void require_success() const {
        auto const status = info(CURLINFO_RESPONSE_CODE);
        if (status < 200 || status > 299)
            throw std::runtime_error("the receiver answered " + std::to_string(status));
    }

    [[nodiscard]] long connections_opened() const { return info(CURLINFO_NUM_CONNECTS); }
    [[nodiscard]] bench::steady::time_point started() const noexcept { return started_; }
    [[nodiscard]] CURL* get() const noexcept { return easy_.get(); }

  private:
    [[nodiscard]] long info(CURLINFO what) const {
        long value = 0;
        check(curl_easy_getinfo(easy_.get(), what, &value));
        return value;
    }

    bench::signed_messages messages_;
    header_lines headers_;
    std::unique_ptr<CURL, free_handle> easy_;
    bench::steady::time_point started_;
};

class sender {
  public:
    explicit sender(bench::sender_options const& wanted)
        : wanted_(wanted), load_(wanted), epoll_(::epoll_create1(EPOLL_CLOEXEC)), multi_(curl_multi_init()) {
        if (epoll_ < 0 || !multi_)
            throw std::runtime_error("no epoll set or no multi handle");
        set(multi_.get(), CURLMOPT_SOCKETFUNCTION, &sender::on_socket);
        set(multi_.get(), CURLMOPT_SOCKETDATA, this);
        set(multi_.get(), CURLMOPT_TIMERFUNCTION, &sender::on_timer);
        set(multi_.get(), CURLMOPT_TIMERDATA, this);
        auto const connections = static_cast<long>(wanted.connections);
        set(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections);
        set(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
        for (std::size_t i = 0; i != wanted.connections; ++i) {
            transfers_.push_back(std::make_unique<transfer>(wanted, i));
            idle_.push_back(transfers_.back().get());
        }
    }

    sender(sender const&) = delete;
    sender& operator=(sender const&) = delete;

    ~sender() {
        for (auto const& t : transfers_)
            static_cast<void>(curl_multi_remove_handle(multi_.get(), t->get()));
        multi_.reset();
        ::close(epoll_);
    }

    void run() {
        while (!load_.is_over()) {
            start_due();
            // A transfer may be done at once: then there is something to start before epoll may sleep.
            wait(expire() && end_done() ? 0 : patience());
            end_done();
        }
        load_.print("curl", ",\"connections_opened\":" + std::to_string(opened_));
    }

  private:
    void start_due() {
        while (!idle_.empty() && load_.is_due()) {
            auto* const t = idle_.back();
            idle_.pop_back();
            t->prepare(load_.start());
            check(curl_multi_add_handle(multi_.get(), t->get()));
        }
    }

    // Lets libcurl do what it wished to do by now, such as beginning a transfer; whether there was anything.
    bool expire() {
        if (!deadline_ || *deadline_ > bench::steady::now())
            return false;
        deadline_.reset();
        act(CURL_SOCKET_TIMEOUT, 0);
        return true;
    }

    void wait(int milliseconds) {
        std::array<epoll_event, 256> events{};
        auto const count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
        if (count < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "epoll_wait");
        for (int i = 0; i < count; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            auto const is = [&](std::uint32_t flag, int meaning) {
                return (event.events & flag) != 0 ? meaning : 0;
            };
            act(event.data.fd, is(EPOLLIN, CURL_CSELECT_IN) | is(EPOLLOUT, CURL_CSELECT_OUT) |
                                   is(EPOLLERR | EPOLLHUP, CURL_CSELECT_ERR));
        }
    }

    void act(curl_socket_t fd, int ready) {
        int running = 0;
        check(curl_multi_socket_action(multi_.get(), fd, ready, &running));
    }

    // Milliseconds that epoll may sleep.
    [[nodiscard]] int patience() const {
        if (load_.is_open_loop())
            return 0;
        if (!deadline_)
            return -1;
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - bench::steady::now());
        return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }

    // Returns whether there was any.
    bool end_done() {
        bool any = false;
        int left = 0;
        while (auto const* const message = curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            check(message->data.result);
            void* owner = nullptr;
            check(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner));
            end(*static_cast<transfer*>(owner));
            any = true;
        }
        return any;
    }

    void end(transfer& t) {
        t.require_success();
        load_.end(t.started());
        opened_ += static_cast<std::size_t>(t.connections_opened());
        if (opened_ > wanted_.connections)
            throw std::runtime_error("a connection was lost");
        check(curl_multi_remove_handle(multi_.get(), t.get()));
        idle_.push_back(&t);
    }

    // Told by libcurl what to wait for on a socket. `known`: what was assigned to the socket, so that the
    // next call tells it from a new one.
    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
        auto const& s = *static_cast<sender*>(self);
        auto const control = [&](int operation) {
            epoll_event event{};
            event.data.fd = fd;
            event.events |= (what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U;
            event.events |= (what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U;
            return ::epoll_ctl(s.epoll_, operation, fd, &event);
        };
        if (what == CURL_POLL_REMOVE)
            return control(EPOLL_CTL_DEL);
        if (known != nullptr)
            return control(EPOLL_CTL_MOD);
        auto const assigned = curl_multi_assign(s.multi_.get(), fd, self);
        return assigned == CURLM_OK ? control(EPOLL_CTL_ADD) : -1;
    }

    static int on_timer(CURLM*, long milliseconds, void* self) {
        auto& deadline = static_cast<sender*>(self)->deadline_;
        if (milliseconds < 0)
            deadline.reset();
        else
            deadline = bench::steady::now() + std::chrono::milliseconds(milliseconds);
        return 0;
    }

    bench::sender_options wanted_;
    bench::load load_;
    int epoll_;
    std::unique_ptr<CURLM, free_multi> multi_;
    std::optional<bench::steady::time_point> deadline_;
    std::vector<std::unique_ptr<transfer>> transfers_;
    std::vector<transfer*> idle_;
    std::size_t opened_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, [](bench::sender_options const& wanted) {
        check(curl_global_init(CURL_GLOBAL_ALL));
        sender(wanted).run();
    });
}
