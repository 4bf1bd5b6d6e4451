// SPDX-License-Identifier: Apache-2.0
#include "src/cli/step.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/report/printable.h"
#include "src/report/story.h"

namespace lkmc {
namespace {

constexpr std::string_view kKeys = "n, space, down: next   p, up: previous   g: first   G: last   q: quit";

// The alternate screen without a cursor, and back.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l";
constexpr std::string_view kLeave = "\033[?25h\033[?1049l";

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno != EINTR) return;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// A signal handler can reach nothing but globals.
termios before{};
volatile std::sig_atomic_t resized = 0;

void leave() {
  put(kLeave);
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

// Restores the terminal and dies of the signal all the same.
void die(int signal) {
  leave();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// The terminal in the mode of the walk while this lives.
class Screen {
 public:
  Screen() {
    tcgetattr(STDIN_FILENO, &before);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) handle(signal, die);
    handle(SIGWINCH, [](int) { resized = 1; });
    termios mode = before;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    mode.c_cc[VSUSP] = _POSIX_VDISABLE;  // Ctrl-Z would leave the shell with this terminal
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
    put(kEnter);
  }
  ~Screen() {
    leave();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) std::signal(signal, SIG_DFL);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  static void show(const Walk& walk, std::size_t step) {
    winsize size{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    std::string out = "\033[H";
    const std::string text = known ? step_screen(walk, step, size.ws_row, size.ws_col) : step_screen(walk, step, 24, 80);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      out += printable(text.substr(begin, end - begin)) + "\033[K";
      begin = end + 1;
      if (begin < text.size()) out += '\n';
    }
    put(out + "\033[J");
  }

 private:
  static void handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
  }
};

// The next key; an arrow as the letter that ends its escape sequence with the top bit set. Nothing at the end of the
// input, 0 if the size of the terminal has changed.
std::optional<int> next_key() {
  const auto next = []() -> std::optional<int> {
    unsigned char byte = 0;
    for (;;) {
      const ssize_t n = read(STDIN_FILENO, &byte, 1);
      if (n == 1) return byte;
      if (n < 0 && errno == EINTR && resized != 0) {
        resized = 0;
        return 0;
      }
      if (n == 0 || errno != EINTR) return std::nullopt;
    }
  };
  const auto key = next();
  if (key != '\033') return key;
  // A lone escape has nothing behind it.
  pollfd more{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (poll(&more, 1, 50) <= 0) return key;
  const auto bracket = next();
  if (bracket != '[' && bracket != 'O') return bracket;
  const auto letter = next();
  return letter ? std::optional(*letter | 0x80) : letter;
}

constexpr int arrow(char letter) { return static_cast<int>(static_cast<unsigned char>(letter)) | 0x80; }

// --- what is on the screen ------------------------------------------------------------------------------------------------

// How many characters a text has, which is UTF-8.
std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// The first characters of a text.
std::string_view beginning(std::string_view text, std::size_t characters) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && characters-- == 0) return text.substr(0, i);
  }
  return text;
}

// A text in lines of at most `columns` characters, broken between words where that is possible; all but the first begin with
// `indent` blanks.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  if (indent + 8 > columns) indent = 0;
  std::vector<std::string> lines;
  do {
    const std::size_t margin = lines.empty() ? 0 : indent;
    const std::string_view fits = beginning(text, std::max<std::size_t>(columns, 1) - margin);
    std::size_t end = fits.size();
    if (end < text.size() && text[end] != ' ') {
      const std::size_t blank = fits.rfind(' ');
      const bool has_word = blank != std::string_view::npos && fits.find_first_not_of(' ') < blank;
      if (has_word) end = blank + 1;
    }
    lines.push_back(std::string(margin, ' ') + std::string(text.substr(0, end)));
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
  } while (!text.empty());
  return lines;
}

// Each step as one line if they all fit, else as a few: what stands there, and below it what it does.
std::vector<std::vector<std::string>> step_lines(const Walk& walk, std::size_t columns) {
  std::vector<StoryLine> story;
  for (const Walk::Step& s : walk.steps) {
    story.push_back({walk.threads[static_cast<std::size_t>(s.thread)], s.place, s.source, s.effect, s.remark});
  }
  std::vector<std::vector<std::string>> steps;
  bool fit = true;
  for (const std::string& line : formatted(story, Painter(Colour::kNever))) {
    fit = fit && length(line) < columns && line.find(story[steps.size()].source) != std::string::npos;
    steps.push_back({' ' + line});
  }
  if (fit) return steps;
  for (std::size_t i = 0; i < story.size(); ++i) {
    const StoryLine& s = story[i];
    steps[i] = wrapped(fmt::format(" {:>4}  {}  {}  {}", i + 1, s.thread, s.place, s.source), columns, 7);
    const std::string remark = s.remark.empty() ? "" : " [" + s.remark + ']';
    for (std::string& line : wrapped("       " + s.effect + remark, columns, 7)) steps[i].push_back(std::move(line));
  }
  return steps;
}

std::vector<std::string> state_lines(const Walk& walk, std::size_t step) {
  const Walk::Step* at = step > 0 ? &walk.steps[step - 1] : nullptr;
  std::vector<std::string> lines{"", "memory:"};
  std::string values;
  for (std::size_t l = 0; l < walk.locations.size(); ++l) {
    values += fmt::format("   {} = {}", walk.locations[l], at != nullptr ? at->memory[l] : walk.initial[l]);
  }
  lines.back() += values;
  for (std::size_t t = 0; t < walk.threads.size(); ++t) {
    std::string line = walk.threads[t] + ":   store buffer: ";
    if (at != nullptr && !at->buffers[t].empty()) {
      line += fmt::format("{}", fmt::join(at->buffers[t], ", "));
    } else {
      line += "empty";
    }
    if (at != nullptr && !at->sections[t].empty()) line += fmt::format(";   {}", fmt::join(at->sections[t], ", "));
    lines.push_back(line);
  }
  if (step == walk.steps.size()) {
    for (const std::string& line : walk.ending) lines.push_back(line);
  }
  return lines;
}

}  // namespace

bool can_step() { return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0; }

std::string step_screen(const Walk& walk, std::size_t step, std::size_t rows, std::size_t columns) {
  std::vector<std::vector<std::string>> steps = step_lines(walk, columns);
  if (step > 0) steps[step - 1][0][0] = '>';
  std::vector<std::string> lines;
  const auto add = [&](const std::string& text, std::size_t indent) {
    for (std::string& line : wrapped(text, columns, indent)) lines.push_back(std::move(line));
  };
  for (const std::string& text : state_lines(walk, step)) add(text, 3);
  const std::vector<std::string> state = std::exchange(lines, {});
  add(fmt::format("{}: {}   [step {} of {}]", walk.name, walk.shows, step, steps.size()), 3);
  add(std::string(kKeys), 3);
  lines.emplace_back();
  // The list of steps gets what the rest leaves; the present step stays in sight, with those around it.
  const std::size_t fixed = lines.size() + state.size();
  std::size_t room = rows > fixed ? rows - fixed : 0;
  std::size_t first = step > 0 ? step - 1 : 0;
  std::size_t end = first;
  const auto take = [&](std::size_t at, bool always) {
    if (at >= steps.size() || (steps[at].size() > room && !always)) return false;
    room -= std::min(room, steps[at].size());
    return true;
  };
  if (take(end, true)) ++end;
  for (bool grows = true; grows;) {
    grows = take(end, false);
    if (grows) ++end;
    if (first > 0 && take(first - 1, false)) {
      --first;
      grows = true;
    }
  }
  for (std::size_t i = first; i < end; ++i) lines.insert(lines.end(), steps[i].begin(), steps[i].end());
  lines.insert(lines.end(), state.begin(), state.end());
  if (lines.size() > rows) lines.resize(rows);
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

void step_through(const Walk& walk) {
  const Screen screen;
  std::size_t step = 0;
  for (;;) {
    Screen::show(walk, step);
    const auto key = next_key();
    if (!key) return;
    switch (*key) {
      case 'q':
      case 4:  // Ctrl-D
        return;
      case 'n':
      case 'j':
      case ' ':
      case '\r':
      case '\n':
      case arrow('B'):
      case arrow('C'):
        step = std::min(step + 1, walk.steps.size());
        break;
      case 'p':
      case 'k':
      case 127:  // backspace
      case arrow('A'):
      case arrow('D'):
        step = step > 0 ? step - 1 : 0;
        break;
      case 'g':
      case arrow('H'):
        step = 0;
        break;
      case 'G':
      case arrow('F'):
        step = walk.steps.size();
        break;
      default:
        break;
    }
  }
}

}  // namespace lkmc
