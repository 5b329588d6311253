//! A PostgreSQL of one's own in a temporary folder, which ends with this process however that ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// Keeps the cluster's folder and obeys lines of its input; the end of input is the end of the cluster. Run as
/// root, it does all as `postgres`, because PostgreSQL will not run as root.
const KEEPER: &str = r#"
set -eu
bin=$1 options=$2 made=$3
folder=$(mktemp -d /tmp/county-XXXXXX)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as() { runuser -u postgres -- "$@"; }
fi
cd "$folder"
limit=unlimited
# The limit is set behind the change of user, which lifts all of them.
pg() { as sh -c 'ulimit -S -f "$1"; shift; exec "$@"' sh "$limit" "$bin/pg_ctl" -D "$folder/data" -s -w -m "$1" -o "-k $folder $options" -l "$folder/log" "$2" >&2; }
trap 'pg immediate stop || true; rm -rf "$folder"' EXIT
trap '' INT TERM
as "$bin/initdb" -D "$folder/data" -U county -A trust -E UTF8 --no-locale --no-sync $made >/dev/null
pg fast start
echo "$folder"
while read -r order argument; do
    case $order in
    # In blocks of 512 bytes, for what is started from now on.
    limit) limit=$argument ;;
    *) pg fast "$order" ;;
    esac
    echo done
done
"#;

/// Never to be waited for, because what a test writes is worth nothing tomorrow.
const FOR_TESTS: &str = "-c listen_addresses= -c fsync=off -c max_connections=200";

pub(crate) struct Cluster {
    pub(crate) folder: PathBuf,
    keeper: Mutex<Keeper>,
    databases: AtomicU32,
}

struct Keeper {
    _child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// The one that tests share; each takes a database of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(FOR_TESTS))
    }

    /// One that may be stopped. Small segments of its log leave room below a limit on the size of files.
    pub(crate) fn own() -> Self {
        Self::make(FOR_TESTS, "--wal-segsize=1")
    }

    pub(crate) fn start(options: &str) -> Self {
        Self::make(options, "")
    }

    fn make(options: &str, made: &str) -> Self {
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path()).collect();
        versions.sort();
        let bin = versions.pop().unwrap().join("bin");
        let mut child = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(bin)
            .args([options, made])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut folder = String::new();
        answers.read_line(&mut folder).unwrap();
        let folder = PathBuf::from(folder.trim());
        assert!(folder.join("data").exists(), "PostgreSQL did not start");
        let keeper = Mutex::new(Keeper { _child: child, orders, answers });
        Self { folder, keeper, databases: AtomicU32::new(0) }
    }

    /// Tells `pg_ctl` to `start`, `stop` or `reload` and waits until it has; or sets the `limit` on the size of files.
    pub(crate) fn order(&self, order: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        writeln!(keeper.orders, "{order}").unwrap();
        let mut answer = String::new();
        keeper.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n");
    }

    /// A new database's name.
    pub(crate) fn database(&self) -> String {
        let name = format!("county{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://county@localhost/{database}?host={}", self.folder.display())
    }

    /// What `psql` prints for `sql`, without ornament.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        let output = Command::new("psql")
            .args([
                "-X",
                "-A",
                "-t",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "county",
                "-d",
                database,
                "-c",
                sql,
                "-h",
            ])
            .arg(&self.folder)
            // Also where the cluster was made read-only.
            .env("PGOPTIONS", "-c default_transaction_read_only=off")
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A backup as an operator makes it.
    pub(crate) fn dump(&self, database: &str) -> Vec<u8> {
        let mut dump = Command::new("pg_dump");
        let output = dump.args(["-U", "county", "-d", database, "-h"]).arg(&self.folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Puts a backup into a cluster that has nothing of it.
    pub(crate) fn restore(&self, database: &str, dump: &[u8]) {
        self.sql("postgres", &format!("CREATE DATABASE {database}"));
        let mut restore = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "county", "-d", database, "-h"])
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        restore.stdin.take().unwrap().write_all(dump).unwrap();
        assert!(restore.wait().unwrap().success());
    }
}
