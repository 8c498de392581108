//! Loaded into a program (`LD_PRELOAD`), it makes the Nth call that changes files go wrong.
//!
//! Calls are caught where they enter the kernel (seccomp, SIGSYS), not by the names of functions:
//! some crates make them without going through the C library. What the program writes to standard
//! output and standard error is left alone.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `KX_FAULT_LOG` | file to which a line is appended for each call: what it does and to which file; `!` marks the one that went wrong |
//! | `KX_FAULT_AT` | which call goes wrong, from 1 on; without it none does |
//! | `KX_FAULT_KIND` | `eio`, `enospc`: it fails, and the next succeed. `full`: it writes half, and from there on there is no room. `kill`: the process dies at it. `torn`: the process dies when half is written |

use std::arch::asm;
use std::ffi::c_void;
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const ENOSPC: isize = 28;
const EIO: isize = 5;
const EINTR: isize = 4;
const SIGKILL: usize = 9;
const SIGSYS: i32 = 31;
const O_CREAT: usize = 0o100;
const AT_FDCWD: usize = -100_isize as usize;

const SYS_WRITE: usize = 1;
const SYS_FSTAT: usize = 5;
const SYS_GETPID: usize = 39;
const SYS_KILL: usize = 62;
const SYS_READLINKAT: usize = 267;
const SYS_FACCESSAT: usize = 269;

/// What a call is about.
#[derive(Clone, Copy, PartialEq)]
enum About {
    /// The open file of the first argument.
    Open,
    /// The file that the argument of this number names.
    Named(usize),
}

/// Number (x86-64), name and object of the calls that are caught.
const CALLS: [(usize, &str, About); 18] = [
    (SYS_WRITE, "write", About::Open),
    (18, "pwrite64", About::Open),
    (20, "writev", About::Open),
    (296, "pwritev", About::Open),
    (74, "fsync", About::Open),
    (75, "fdatasync", About::Open),
    (77, "ftruncate", About::Open),
    (285, "fallocate", About::Open),
    (257, "openat", About::Named(1)),
    (83, "mkdir", About::Named(0)),
    (86, "link", About::Named(1)),
    (265, "linkat", About::Named(3)),
    (82, "rename", About::Named(1)),
    (264, "renameat", About::Named(3)),
    (316, "renameat2", About::Named(3)),
    (84, "rmdir", About::Named(0)),
    (87, "unlink", About::Named(0)),
    (263, "unlinkat", About::Named(1)),
];

static AT: AtomicUsize = AtomicUsize::new(usize::MAX);
static KIND: AtomicUsize = AtomicUsize::new(0);
static LOG: AtomicUsize = AtomicUsize::new(usize::MAX);
static COUNT: AtomicUsize = AtomicUsize::new(0);

const KINDS: [&str; 5] = ["eio", "enospc", "full", "kill", "torn"];
const ENOSPC_ONCE: usize = 1;
const FULL: usize = 2;
const KILL: usize = 3;
const TORN: usize = 4;

/// Runs before the program's own code.
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

extern "C" fn begin() {
    let variable = |name| std::env::var(name).ok();
    if let Some(path) = variable("KX_FAULT_LOG") {
        let file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path);
        LOG.store(file.unwrap().into_raw_fd() as usize, SeqCst);
    }
    if let Some(at) = variable("KX_FAULT_AT") {
        AT.store(at.parse().unwrap(), SeqCst);
        let kind = variable("KX_FAULT_KIND").unwrap();
        let kind = KINDS.iter().position(|known| *known == kind);
        KIND.store(kind.unwrap(), SeqCst);
    }
    catch();
}

/// Decides about a call: its result, or the negative number of its error.
fn act(number: usize, args: [usize; 5]) -> isize {
    let Some((_, name, about)) = CALLS.iter().find(|call| call.0 == number) else {
        return kernel(number, args);
    };
    let passes = match *about {
        About::Open => args[0] <= 2,
        About::Named(_) => *name == "openat" && args[2] & O_CREAT == 0,
    };
    if passes {
        return kernel(number, args);
    }
    let count = COUNT.fetch_add(1, SeqCst) + 1;
    let (at, kind) = (AT.load(SeqCst), KIND.load(SeqCst));
    let needs_room = match *name {
        "unlink" | "unlinkat" | "rmdir" => false,
        "openat" => kernel(SYS_FACCESSAT, [args[0], args[1], 0, 0, 0]) != 0,
        "ftruncate" => args[1] > size(args[0]),
        _ => true,
    };
    let goes_wrong = match kind {
        FULL => count >= at && needs_room,
        ENOSPC_ONCE => count == at && needs_room,
        _ => count == at,
    };
    log(goes_wrong, name, *about, &args);
    if !goes_wrong {
        // Nobody cuts the power.
        let is_sync = name.ends_with("sync");
        return if is_sync { 0 } else { kernel(number, args) };
    }
    let is_write = matches!(*name, "write" | "pwrite64");
    let half = |mut args: [usize; 5]| {
        args[2] /= 2;
        kernel(number, args)
    };
    match kind {
        KILL => die(),
        TORN => {
            if is_write {
                half(args);
            }
            die()
        }
        FULL if is_write && count == at && args[2] > 1 => half(args),
        ENOSPC_ONCE | FULL => -ENOSPC,
        _ => -EIO,
    }
}

/// Bytes of an open file.
fn size(file: usize) -> usize {
    // `struct stat`, in which the size is the seventh word.
    let mut status = [0_usize; 18];
    kernel(SYS_FSTAT, [file, status.as_mut_ptr() as usize, 0, 0, 0]);
    status[6]
}

fn die() -> ! {
    let own = kernel(SYS_GETPID, [0; 5]).cast_unsigned();
    loop {
        kernel(SYS_KILL, [own, SIGKILL, 0, 0, 0]);
    }
}

/// Runs inside a signal handler, so it allocates nothing.
fn log(goes_wrong: bool, name: &str, about: About, args: &[usize; 5]) {
    let file = LOG.load(SeqCst);
    if file == usize::MAX {
        return;
    }
    let mut path = [0_u8; 512];
    let length = match about {
        About::Named(index) => {
            let text = args[index] as *const u8;
            // SAFETY: the program hands the kernel a path that ends with a zero.
            let end = (0..path.len()).find(|at| unsafe { *text.add(*at) } == 0);
            let end = end.unwrap_or(0);
            for at in 0..end {
                // SAFETY: before the zero.
                path[at] = unsafe { *text.add(at) };
            }
            end
        }
        About::Open => {
            let mut link = Line::default();
            link.add(b"/proc/self/fd/");
            link.add_number(args[0]);
            let (from, to) = (link.text.as_ptr() as usize, path.as_mut_ptr() as usize);
            let length = kernel(SYS_READLINKAT, [AT_FDCWD, from, to, path.len(), 0]);
            usize::try_from(length).unwrap_or(0)
        }
    };
    let base = path[..length].iter().rposition(|byte| *byte == b'/');
    let mut line = Line::default();
    line.add(if goes_wrong { b"! " } else { b"" });
    line.add(name.as_bytes());
    line.add(b" ");
    line.add(&path[base.map_or(0, |at| at + 1)..length]);
    line.add(b"\n");
    let text = line.text.as_ptr() as usize;
    kernel(SYS_WRITE, [file, text, line.length, 0, 0]);
}

struct Line {
    text: [u8; 640],
    length: usize,
}

impl Default for Line {
    fn default() -> Self {
        let text = [0; 640];
        Self { text, length: 0 }
    }
}

impl Line {
    fn add(&mut self, bytes: &[u8]) {
        self.text[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    fn add_number(&mut self, number: usize) {
        if number >= 10 {
            self.add_number(number / 10);
        }
        self.add(&[b'0' + (number % 10) as u8]);
    }
}

/// A sixth argument that lets a call through; none of those that are caught has one.
const PASS: u32 = 0x6B78_3337;

/// Makes a call that is not caught.
fn kernel(number: usize, args: [usize; 5]) -> isize {
    let result;
    // SAFETY: the arguments are the program's own, or point to what lives until the call is done.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") PASS as usize,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// The beginning of `ucontext_t`: flags, link and stack, then the registers.
#[repr(C)]
struct Context {
    before: [usize; 5],
    registers: [isize; 23],
}

// Places in `registers`.
const R8: usize = 0;
const R10: usize = 2;
const RDI: usize = 8;
const RSI: usize = 9;
const RDX: usize = 12;
const RAX: usize = 13;

extern "C" fn caught(_: i32, _: *mut c_void, context: *mut Context) {
    // SAFETY: the kernel hands over where the program stood.
    let registers = unsafe { &mut (*context).registers };
    let args = [RDI, RSI, RDX, R10, R8].map(|register| registers[register].cast_unsigned());
    let number = registers[RAX].cast_unsigned();
    let result = loop {
        let result = act(number, args);
        if result != -EINTR {
            break result;
        }
    };
    registers[RAX] = result;
}

/// `struct sigaction` of the C library.
#[repr(C)]
struct Action {
    handler: extern "C" fn(i32, *mut c_void, *mut Context),
    mask: [u64; 16],
    flags: i32,
    restorer: usize,
}

/// `struct sock_filter`.
#[repr(C)]
struct Step {
    code: u16,
    if_equal: u8,
    if_not: u8,
    value: u32,
}

/// `struct sock_fprog`.
#[repr(C)]
struct Program {
    length: u16,
    steps: *const Step,
}

unsafe extern "C" {
    fn sigaction(signal: i32, new: *const Action, old: *mut Action) -> i32;
    fn prctl(option: i32, ...) -> i32;
}

/// Has the kernel send SIGSYS in the place of each of the calls.
fn catch() {
    const SA_SIGINFO: i32 = 4;
    const PR_SET_SECCOMP: i32 = 22;
    const PR_SET_NO_NEW_PRIVS: i32 = 38;
    const MODE_FILTER: usize = 2;
    const LOAD: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const TRAP: u32 = 0x0003_0000;
    const ALLOW: u32 = 0x7FFF_0000;
    const X86_64: u32 = 0xC000_003E;
    // Offsets in `struct seccomp_data`.
    const NUMBER: u32 = 0;
    const MACHINE: u32 = 4;
    const SIXTH: u32 = 16 + 5 * 8;

    let step = |code, if_equal, if_not, value| Step {
        code,
        if_equal,
        if_not,
        value,
    };
    let mut steps = vec![
        step(LOAD, 0, 0, MACHINE),
        step(JUMP_IF_EQUAL, 1, 0, X86_64),
        step(RETURN, 0, 0, ALLOW),
        step(LOAD, 0, 0, SIXTH),
        step(JUMP_IF_EQUAL, 0, 1, PASS),
        step(RETURN, 0, 0, ALLOW),
        step(LOAD, 0, 0, NUMBER),
    ];
    for (number, ..) in CALLS {
        steps.push(step(JUMP_IF_EQUAL, 0, 1, number as u32));
        steps.push(step(RETURN, 0, 0, TRAP));
    }
    steps.push(step(RETURN, 0, 0, ALLOW));
    let program = Program {
        length: steps.len() as u16,
        steps: steps.as_ptr(),
    };
    let action = Action {
        handler: caught,
        mask: [0; 16],
        flags: SA_SIGINFO,
        restorer: 0,
    };
    // SAFETY: the structures are as the C library and the kernel define them, and live until the calls are
    // done.
    let results = unsafe {
        [
            sigaction(SIGSYS, &raw const action, std::ptr::null_mut()),
            prctl(PR_SET_NO_NEW_PRIVS, 1_usize, 0_usize, 0_usize, 0_usize),
            prctl(PR_SET_SECCOMP, MODE_FILTER, &raw const program),
        ]
    };
    assert_eq!(results, [0; 3], "calls cannot be caught here");
}
