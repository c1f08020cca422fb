/* SPDX-License-Identifier: Apache-2.0
 * A board in simulation: the Verilated board top with its serial line on a pseudo-terminal, for `--device serial:<tty>`.
 *
 *     board-sim [--link PATH] [--latency-us N] [--faults SEED [--one-in N]]
 *
 * Prints `tty <path>` once the line is there (with --link the path is a symbolic link to it, which the end of the program removes), and
 * ends at SIGTERM or SIGINT with what went over the line. SIGUSR1 presses the board's reset button for a moment. Latency is in simulated time, for each direction; faults hit
 * one byte of N (2000). While nothing moves and no list runs the clock stands still and the program waits. */
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include BOARD_HEADER
#include "faulty_line.h"
#include "verilated.h"

namespace {

constexpr double BIT = double(BOARD_CLK_HZ) / BOARD_BAUD; /* clocks */
constexpr size_t QUEUE_BYTES = 4096;
constexpr uint64_t QUIET_CLOCKS = 2000;
constexpr int CLOCKS_PER_TURN = 256;

constexpr int PRESS_CLOCKS = 1000;

volatile std::sig_atomic_t stopped = 0, pressed = 0;
void stop(int) { stopped = 1; }
void press(int) { pressed = 1; }

struct Options {
    std::string link;
    uint64_t latency_us = 0, seed = 0, one_in = 0;
};

class Terminal {
  public:
    ~Terminal() {
        if (!link_.empty()) {
            ::unlink(link_.c_str());
        }
    }
    /* The slave side stays open here too, so that a client's end is not the line's. */
    bool open(const std::string &link) {
        master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
        if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) {
            return false;
        }
        const char *const name = ptsname(master_);
        slave_ = name != nullptr ? ::open(name, O_RDWR | O_NOCTTY) : -1;
        struct termios settings;
        if (slave_ < 0 || tcgetattr(slave_, &settings) != 0) {
            return false;
        }
        cfmakeraw(&settings);
        if (tcsetattr(slave_, TCSANOW, &settings) != 0) {
            return false;
        }
        path_ = name;
        if (!link.empty()) {
            struct stat old;
            if (lstat(link.c_str(), &old) == 0 && S_ISLNK(old.st_mode)) {
                ::unlink(link.c_str()); /* of a board that was killed; anything else stays */
            }
            if (symlink(name, link.c_str()) != 0) {
                return false;
            }
            link_ = path_ = link;
        }
        return true;
    }
    const std::string &path() const { return path_; }
    void wait(int ms) {
        struct pollfd port = {master_, POLLIN, 0};
        (void)::poll(&port, 1, ms);
    }
    size_t read(uint8_t *bytes, size_t size) {
        const ssize_t count = ::read(master_, bytes, size);
        return count > 0 ? static_cast<size_t>(count) : 0;
    }
    /* What nobody reads is lost, as on a board. */
    void write(const std::vector<uint8_t> &bytes) {
        size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t count = ::write(master_, bytes.data() + done, bytes.size() - done);
            if (count <= 0) {
                return;
            }
            done += static_cast<size_t>(count);
        }
    }

  private:
    int master_ = -1, slave_ = -1;
    std::string path_, link_;
};

class Board {
  public:
    explicit Board(const Options &options)
        : to_board_(options.seed, BIT * 10, BOARD_CLK_HZ),
          to_host_(options.seed + 1, BIT * 10, BOARD_CLK_HZ) {
        to_board_.one_in = to_host_.one_in = options.one_in;
        to_board_.latency = to_host_.latency = options.latency_us * (BOARD_CLK_HZ / 1000000);
        top_.uart_rx_i = 1;
        BOARD_RESET(top_, false);
    }
    ~Board() { top_.final(); }

    size_t room() const { return to_board_.size() < QUEUE_BYTES ? QUEUE_BYTES - to_board_.size() : 0; }
    void put(uint8_t byte) {
        to_board_.put(byte, now_);
        bytes_in_++;
    }
    void run(std::vector<uint8_t> &out) {
        for (int i = 0; i < CLOCKS_PER_TURN; i++) {
            cycle();
        }
        while (to_host_.ready(now_)) {
            out.push_back(to_host_.get());
            bytes_out_++;
        }
    }
    void press_reset() {
        BOARD_RESET(top_, true);
        for (int i = 0; i < PRESS_CLOCKS; i++) {
            cycle();
        }
        BOARD_RESET(top_, false);
    }
    bool quiet() const { return quiet_ > QUIET_CLOCKS && to_board_.idle(now_) && to_host_.idle(now_); }
    void report() const {
        std::printf("%llu clocks, %llu bytes in, %llu bytes out;", static_cast<unsigned long long>(now_),
                    static_cast<unsigned long long>(bytes_in_), static_cast<unsigned long long>(bytes_out_));
        for (int i = 0; i < N_FAULTS; i++) {
            std::printf(" %s %llu", fault_names[i],
                        static_cast<unsigned long long>(to_board_.counts[i] + to_host_.counts[i]));
        }
        std::printf("\n");
    }

  private:
    void cycle() {
        drive();
        top_.BOARD_CLOCK = 1;
        top_.eval();
        top_.BOARD_CLOCK = 0;
        top_.eval();
        sample();
        now_++;
        quiet_ = rx_bits_ == 0 && tx_bits_ == 0 && !BOARD_BUSY(top_) ? quiet_ + 1 : 0;
    }
    /* Start bit, eight data bits, stop bit, each at its exact time. */
    void drive() {
        const double t = static_cast<double>(now_);
        if (rx_bits_ == 0) {
            if (!to_board_.ready(now_)) {
                return;
            }
            rx_word_ = 0x200u | static_cast<unsigned>(to_board_.get()) << 1;
            rx_bits_ = 10;
            rx_next_ = rx_next_ + BIT > t ? rx_next_ : t;
        }
        if (t >= rx_next_) {
            top_.uart_rx_i = rx_word_ & 1u;
            rx_word_ >>= 1;
            rx_bits_--;
            rx_next_ += BIT;
        }
    }
    void sample() {
        const double t = static_cast<double>(now_);
        if (tx_bits_ == 0) {
            if (!top_.uart_tx_o) {
                tx_bits_ = 10;
                tx_word_ = 0;
                tx_next_ = t + BIT / 2;
            }
        } else if (t >= tx_next_) {
            tx_word_ = tx_word_ >> 1 | (top_.uart_tx_o ? 0x200u : 0u);
            tx_next_ += BIT;
            if (--tx_bits_ == 0 && (tx_word_ & 0x201u) == 0x200u) {
                to_host_.put(static_cast<uint8_t>(tx_word_ >> 1), now_);
            }
        }
    }

    BOARD_CLASS top_;
    FaultyLine to_board_, to_host_;
    uint64_t now_ = 0, quiet_ = 0, bytes_in_ = 0, bytes_out_ = 0;
    unsigned rx_word_ = 0, rx_bits_ = 0, tx_word_ = 0, tx_bits_ = 0;
    double rx_next_ = 0, tx_next_ = 0;
};

bool parse(Options &options, int argc, char **argv) {
    bool faults = false;
    options.one_in = 2000;
    for (int i = 1; i < argc; i++) {
        const std::string name = argv[i];
        if (i + 1 == argc) {
            return false;
        }
        const char *const text = argv[++i];
        char *end = nullptr;
        const uint64_t value = std::strtoull(text, &end, 0);
        const bool number = *text != '\0' && *text != '-' && *end == '\0';
        if (name == "--link") {
            options.link = text;
        } else if (name == "--latency-us" && number) {
            options.latency_us = value;
        } else if (name == "--faults" && number) {
            options.seed = value;
            faults = true;
        } else if (name == "--one-in" && number && value > 0) {
            options.one_in = value;
        } else {
            return false;
        }
    }
    if (!faults) {
        options.one_in = 0;
    }
    return true;
}

void serve(Board &board, Terminal &terminal) {
    std::vector<uint8_t> out;
    uint8_t bytes[QUEUE_BYTES];
    while (stopped == 0) {
        if (pressed != 0) {
            pressed = 0;
            board.press_reset();
        }
        if (board.quiet()) {
            terminal.wait(200);
        }
        const size_t count = terminal.read(bytes, board.room());
        for (size_t i = 0; i < count; i++) {
            board.put(bytes[i]);
        }
        if (count == 0 && board.quiet()) {
            continue;
        }
        board.run(out);
        terminal.write(out);
        out.clear();
    }
}

} // namespace

int main(int argc, char **argv) {
    Options options;
    Terminal terminal;
    if (!parse(options, argc, argv)) {
        std::fprintf(stderr, "usage: %s [--link PATH] [--latency-us N] [--faults SEED [--one-in N]]\n",
                     argv[0]);
        return 2;
    }
    struct sigaction action = {};
    action.sa_handler = stop;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    action.sa_handler = press;
    sigaction(SIGUSR1, &action, nullptr);
    if (!terminal.open(options.link)) {
        std::fprintf(stderr, "%s: no pseudo-terminal: %s\n", argv[0], std::strerror(errno));
        return 1;
    }
    const std::unique_ptr<Board> board(new Board(options));
    std::printf("tty %s\n", terminal.path().c_str());
    std::fflush(stdout);
    serve(*board, terminal);
    board->report();
    return 0;
}
