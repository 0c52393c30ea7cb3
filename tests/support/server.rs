//! The server's process, on a free port of the loopback.
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the server may take to become ready or to end: only a broken one reaches it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A running server; ends with the test.
pub struct Server {
    process: Child,
    folder: TempDir,
    port: u16,
    settings: Vec<(String, String)>,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// Everything after them.
    pub body: String,
}

impl Server {
    /// API key of the bootstrap application.
    pub const API_KEY: &str = "integration-test";

    /// Starts on an empty data folder and waits until it is ready. `settings`: environment variables.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let settings: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let process = spawn(&folder, port, &settings);
        let mut server = Self { process, folder, port, settings };
        server.wait_until_ready();
        server
    }

    /// Runs the binary with these arguments and environment until it ends.
    pub fn run_to_end(arguments: &[&str], settings: &[(&str, &str)]) -> (ExitStatus, String) {
        let mut command = Command::new(binary());
        clear_settings(&mut command);
        let output =
            command.args(arguments).envs(settings.iter().copied()).output().expect("the binary starts");
        (output.status, String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// `ws://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// The port of TCP and UDP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A file in the data folder.
    pub fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// What the process printed so far.
    pub fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("output.txt")).unwrap_or_default()
    }

    /// `kill -9`, then a second start on the same data folder.
    pub fn kill_and_restart(&mut self) {
        self.process.kill().expect("the process is ours");
        self.process.wait().expect("the process is ours");
        self.launch();
    }

    /// SIGTERM, then a second start on the same data folder; returns how the first ended.
    pub fn stop_and_restart(&mut self) -> ExitStatus {
        let status = self.terminate();
        self.launch();
        status
    }

    /// SIGTERM; returns how the process ended.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there");
        assert!(sent.success(), "the process is ours");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end: {}", self.output());
            thread::sleep(PAUSE);
        }
    }

    /// One HTTP request without body.
    pub fn get(&self, path: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        self.exchange(request.as_bytes()).expect("an answer")
    }

    /// The value of a metric; 0 when it was never set.
    pub fn metric(&self, name: &str) -> f64 {
        let metrics = self.get("/metrics").body;
        let sample = metrics.lines().filter_map(|line| line.split_once(' ')).find(|(key, _)| *key == name);
        sample.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
    }

    /// Sends bytes over a new TCP connection and reads until it closes.
    pub fn exchange(&self, bytes: &[u8]) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    fn launch(&mut self) {
        self.process = spawn(&self.folder, self.port, &self.settings);
        self.wait_until_ready();
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        while !self.exchange(request).is_ok_and(|answer| answer.status == 200) {
            let ended = self.process.try_wait().expect("the process is ours");
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", self.output());
            assert!(Instant::now() < deadline, "the server does not become ready: {}", self.output());
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        if thread::panicking() {
            eprintln!("== output of the server\n{}", self.output());
        }
    }
}

fn spawn(folder: &TempDir, port: u16, settings: &[(String, String)]) -> Child {
    let output = File::options().create(true).append(true).open(folder.path().join("output.txt"));
    let output = output.expect("a file");
    let mut command = Command::new(binary());
    clear_settings(&mut command);
    command
        .arg("serve")
        .env("WHISKER_LISTEN", format!("127.0.0.1:{port}"))
        .env("WHISKER_DATA_DIR", folder.path().join("data"))
        .env("WHISKER_BOOTSTRAP_API_KEY", Server::API_KEY)
        .envs(settings.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone().expect("a file"))
        .stderr(output);
    command.spawn().expect("the binary is there: cargo build -p whisker")
}

/// Settings of whoever runs the tests must not reach the server.
fn clear_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WHISKER_") {
            command.env_remove(name);
        }
    }
}

/// Beside the test's own binary: `target/<profile>/whisker`.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("TEST_BINARY") {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("the test has a path");
    test.ancestors().nth(2).expect("target/<profile>/deps/it").join("whisker")
}

/// A port that is free for TCP and UDP right now.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
