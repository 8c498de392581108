//! A `PostgreSQL` server of its own, when its programs are installed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Names a server that runs already: `postgres://user@host:port`, without a database.
const ADDRESS: &str = "KX837_TEST_POSTGRES";

/// A server that ends with this value, or one that runs elsewhere.
pub struct Server {
    address: String,
    /// Ends the server when it goes.
    _own: Option<Own>,
}

struct Own {
    programs: PathBuf,
    folder: TempDir,
}

impl Server {
    /// Starts a server; `None` when there is no such program, which is told.
    pub fn start() -> Option<Self> {
        if let Ok(address) = std::env::var(ADDRESS) {
            return Some(Self {
                address,
                _own: None,
            });
        }
        let Some(programs) = programs() else {
            eprintln!(
                "SKIPPED: PostgreSQL's initdb and pg_ctl are not installed, and {ADDRESS} names no server"
            );
            return None;
        };
        let own = Own {
            programs,
            folder: tempfile::tempdir().unwrap(),
        };
        let folder = own.folder.path().display().to_string();
        if is_root() {
            // The server refuses to run as root.
            succeed(Command::new("chown").args(["postgres", &folder]));
        }
        succeed(own.program("initdb").args([
            "-D",
            &format!("{folder}/data"),
            "-A",
            "trust",
            "-U",
            "kx837",
            "-E",
            "UTF8",
            "--no-sync",
        ]));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        succeed(own.program("pg_ctl").args([
            "-D",
            &format!("{folder}/data"),
            "-l",
            &format!("{folder}/log"),
            "-o",
            &format!("-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"),
            "-w",
            "start",
        ]));
        Some(Self {
            address: format!("postgres://kx837@127.0.0.1:{port}"),
            _own: Some(own),
        })
    }

    /// A client of the server.
    pub fn client(&self) -> postgres::Client {
        postgres::Client::connect(&format!("{}/postgres", self.address), postgres::NoTls).unwrap()
    }

    /// Makes an empty database and returns its address.
    pub fn database(&self, name: &str) -> String {
        let mut client = self.client();
        for sql in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            client.batch_execute(&format!("{sql} {name}")).unwrap();
        }
        format!("{}/{name}", self.address)
    }
}

impl Own {
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        command
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let _ = self
            .program("pg_ctl")
            .args(["-m", "immediate", "-w", "stop", "-D"])
            .arg(data)
            .output();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The folder with the server's programs: the newest of Debian's, or one of PATH.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        folders.extend(
            versions
                .into_iter()
                .rev()
                .map(|version| version.join("bin")),
        );
    }
    let has_all = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| Path::new(folder).join(name).is_file())
    };
    folders.into_iter().find(has_all)
}

fn succeed(command: &mut Command) {
    // A server that is started keeps the output open: it must not be waited for.
    let Output { status, stderr, .. } = if format!("{command:?}").contains("\"start\"") {
        let status = command.status().unwrap();
        Output {
            status,
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    } else {
        command.output().unwrap()
    };
    assert!(
        status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&stderr)
    );
}
