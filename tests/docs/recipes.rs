//! Every recipe in docs/recipes.md runs as it stands, on other ports and paths.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::examples::path;
use super::guides::{jobs, run_as_cron};
use super::markdown::section;
use super::sandbox::{Ran, Sandbox, finish, has, mode};
use super::waiting::{is_installed, wait_for};

/// Returns the code blocks of the recipe `heading`.
pub fn recipe<const COUNT: usize>(heading: &str) -> [String; COUNT] {
    let blocks = section("docs/recipes.md", heading);
    blocks.try_into().unwrap()
}

/// Writes `script` to `name`, executable.
pub fn install(sandbox: &Sandbox, name: &str, script: &str) {
    let file = sandbox.path(name);
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// `program` in the sandbox, with the built binary in PATH.
pub fn program(sandbox: &Sandbox, program: impl AsRef<Path>) -> Command {
    let mut command = sandbox.program(program.as_ref());
    command.env("PATH", path());
    command
}

pub fn run(command: &mut Command) -> Ran {
    finish(command.spawn().unwrap())
}

/// A process that serves until it is dropped.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts `command` and waits until it listens on `port`.
fn serve(command: &mut Command, port: u16) -> Service {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let service = Service(quiet.spawn().unwrap());
    wait_for("the service listens", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    service
}

/// Returns a port on which nothing listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Returns `text` with the port `from` replaced by a free one, and that one.
fn on_free_port(text: &str, from: u16) -> (String, u16) {
    let port = free_port();
    assert!(text.contains(&from.to_string()), "{from} is not in {text}");
    (text.replace(&from.to_string(), &port.to_string()), port)
}

/// Sends a GET request with `header` and returns the status and the rest of the answer.
fn get(port: u16, header: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!("GET / HTTP/1.0\r\nHost: example.org\r\n{header}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, status) = answer.split_once(' ').unwrap();
    (status[..3].parse().unwrap(), answer)
}

fn bearer(secret: &str) -> String {
    format!("Authorization: Bearer {secret}")
}

/// Starts the Python service, and returns it with its port.
fn python_service(sandbox: &Sandbox) -> (Service, u16) {
    let [script] = recipe("Check requests in a Python service");
    let (script, port) = on_free_port(&script, 8000);
    install(sandbox, "service.py", &script);
    let service = serve(program(sandbox, "python3").arg("service.py"), port);
    (service, port)
}

fn has_python() -> bool {
    has("python3", is_installed("python3"))
}

#[test]
fn cron_mails_expiring_and_expired_keys_alone() {
    let sandbox = Sandbox::new();
    let [crontab] = recipe("Mail about expiring keys, from cron");
    let jobs = jobs(&crontab);
    let printed = |job: &str| run_as_cron(&sandbox, job).succeeds().stdout;
    for job in &jobs {
        assert_eq!(printed(job), "", "{job}");
    }
    for (name, expiry) in [("soon", "3d"), ("later", "90d"), ("past", "2020-01-01")] {
        sandbox.key(name);
        sandbox.run(&["set-expiry", name, expiry]).succeeds();
    }
    for (job, expected) in jobs.iter().zip(["soon  ", "past  "]) {
        let printed = printed(job);
        assert_eq!(printed.lines().count(), 2, "{printed}");
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn cron_reviews_and_retires_unused_keys() {
    const DAY: i64 = 86_400;
    let sandbox = Sandbox::new();
    let [crontab] = recipe("Review and retire keys, from cron");
    assert_eq!(
        section("docs/review.md", "Three lines for cron")[0],
        crontab
    );
    let [review, deactivate, delete] = jobs(&crontab).try_into().unwrap();
    let run = |job: &String, code| {
        let ran = run_as_cron(&sandbox, job).exits(code);
        assert_eq!(ran.stderr, "", "{job}");
        ran.stdout
    };
    let secrets = ["unused", "missed"].map(|name| sandbox.key(name));
    sandbox.key("kept");
    for job in [&review, &deactivate, &delete] {
        assert_eq!(run(job, 0), "", "{job}");
    }
    sandbox.age(180 * DAY);
    sandbox.sql(&format!(
        "UPDATE keys SET created_at = created_at + 100 * {DAY} WHERE name = 'kept'"
    ));
    assert_eq!(run(&review, 1).lines().count(), 2);
    assert_eq!(run(&delete, 0), "");
    assert_eq!(run(&deactivate, 0), "");
    assert_eq!(sandbox.names(&["--status", "active"]), ["kept"]);
    assert_eq!(run(&review, 0), "");
    sandbox.feed(&["verify"], &secrets[1]).exits(1);
    let found = run(&review, 1);
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(
        found.contains("missed") && found.contains("refused"),
        "{found}"
    );
    sandbox.run(&["activate", "missed"]).succeeds();
    sandbox.feed(&["verify"], &secrets[1]).succeeds();
    // A job that runs once a year has time to be refused, and reported.
    sandbox.age(219 * DAY);
    assert_eq!(run(&delete, 0), "");
    assert_eq!(sandbox.names(&[]), ["kept", "missed", "unused"]);
    sandbox.age(DAY);
    assert_eq!(run(&delete, 0), "");
    assert_eq!(sandbox.names(&[]), ["kept", "missed"]);
}

#[test]
fn a_ci_job_has_a_key_while_it_runs() {
    let sandbox = Sandbox::new();
    let [script] = recipe("A key for one CI job");
    install(&sandbox, "job", &script);
    for (tests, code) in [("", 0), ("exit 9", 9)] {
        let tests = format!("#!/bin/sh\napikey verify < \"$API_KEY_FILE\"\napikey list\n{tests}\n");
        install(&sandbox, "integration-tests", &tests);
        let mut job = program(&sandbox, sandbox.path("job"));
        let ran = run(job.env("CI_JOB_ID", "7")).exits(code);
        assert!(ran.stdout.starts_with("accepted ci-7\n"), "{ran:?}");
        assert!(ran.stdout.contains("in 2 hours"), "{ran:?}");
        assert_eq!(sandbox.names(&[]), [""; 0]);
        assert!(!sandbox.path("ci-7.APIKEY").exists());
    }
}

#[test]
fn a_bash_script_asks_a_co_process() {
    let sandbox = Sandbox::new();
    let [script] = recipe("Check many secrets from bash");
    let may = sandbox.create(&["may", "-g", "readonly", "--allow", "order:create"]);
    let other = sandbox.key("other");
    let orders = format!("{may} 1\n{other} 2\nnonsense 3\n{may} 4\n");
    std::fs::write(sandbox.path("orders"), orders).unwrap();
    install(&sandbox, "check", &script);
    let orders = std::fs::File::open(sandbox.path("orders")).unwrap();
    let ran = run(program(&sandbox, sandbox.path("check")).stdin(orders)).succeeds();
    assert_eq!(ran.stdout, "order 1: may\norder 4: may\n");
    assert_eq!(
        ran.stderr,
        "order 2: refused missing-permission\norder 3: refused malformed\n"
    );
}

#[test]
fn a_python_service_answers_401_to_what_is_refused() {
    if !has_python() {
        return;
    }
    let sandbox = Sandbox::new();
    let may = sandbox.create(&["may", "-g", "readonly", "--allow", "order:create"]);
    let other = sandbox.key("other");
    let (_service, port) = python_service(&sandbox);
    let status = |header: &str| get(port, header).0;
    assert_eq!(status(&bearer(&may)), 200);
    for refused in [
        bearer(&other),
        bearer(""),
        format!("Authorization: Basic {may}"),
        "Accept: */*".to_owned(),
        // A folded header is one value of two lines.
        format!("{}\r\n {may}", bearer(&other)),
    ] {
        assert_eq!(status(&refused), 401, "{refused}");
    }
    assert_eq!(status(&bearer(&may)), 200);
    sandbox.run(&["deactivate", "may"]).succeeds();
    assert_eq!(status(&bearer(&may)), 401);
}

#[test]
fn nginx_passes_on_accepted_requests_alone() {
    if !has_python() || !has("nginx", Path::new("/usr/sbin/nginx").exists()) {
        return;
    }
    let sandbox = Sandbox::new();
    let may = sandbox.create(&["may", "-g", "readonly", "--allow", "order:create"]);
    let (_service, service_port) = python_service(&sandbox);
    let [server] = recipe("Protect a site with nginx");
    let server = server.replace("8000", &service_port.to_string());
    let (server, port) = on_free_port(&server, 8080);
    let (server, site) = on_free_port(&server, 9000);
    let here = sandbox.home().display();
    let directories = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {here}/{name};"))
        .join(" ");
    let config = format!(
        "daemon off; master_process off; pid {here}/pid; error_log {here}/errors;
         events {{}}
         http {{ access_log off; {directories}
           server {{ listen 127.0.0.1:{site}; return 200 'the site'; }}
           {server} }}"
    );
    std::fs::write(sandbox.path("nginx.conf"), config).unwrap();
    let mut nginx = program(&sandbox, "/usr/sbin/nginx");
    nginx.arg("-e").arg(sandbox.path("errors"));
    nginx.arg("-c").arg(sandbox.path("nginx.conf"));
    let _nginx = serve(&mut nginx, port);
    let (status, answer) = get(port, &bearer(&may));
    assert_eq!(status, 200, "{answer}");
    assert!(answer.ends_with("the site"), "{answer}");
    assert_eq!(get(port, "Accept: */*").0, 401);
    sandbox.run(&["deactivate", "may"]).succeeds();
    assert_eq!(get(port, &bearer(&may)).0, 401);
}

#[test]
fn a_systemd_service_presents_its_credential() {
    if !has_python() || !has("curl", is_installed("curl")) {
        return;
    }
    let sandbox = Sandbox::new();
    let (_service, port) = python_service(&sandbox);
    let [create, unit, worker] = recipe("Give a secret to a systemd service");
    let here = sandbox.home().display();
    let create = create.replace("/etc", &here.to_string());
    run(program(&sandbox, "/bin/sh").args(["-c", &create])).succeeds();
    assert_eq!(mode(&sandbox.path("worker.APIKEY")), 0o600);
    // systemd copies the file to this directory.
    let (_, credential) = unit.split_once("LoadCredential=").unwrap();
    let (name, file) = credential.lines().next().unwrap().split_once(':').unwrap();
    let file = file.replace("/etc", &here.to_string());
    std::fs::create_dir(sandbox.path("credentials")).unwrap();
    std::fs::copy(file, sandbox.path("credentials").join(name)).unwrap();
    assert!(unit.contains("ExecStart=/usr/local/bin/worker\n"), "{unit}");
    install(
        &sandbox,
        "worker",
        &worker.replace("8080", &port.to_string()),
    );
    let work = || {
        let mut worker = program(&sandbox, sandbox.path("worker"));
        run(worker.env("CREDENTIALS_DIRECTORY", sandbox.path("credentials")))
    };
    work().succeeds();
    sandbox.run(&["deactivate", "worker"]).succeeds();
    work().exits(22).says("401");
}

#[test]
fn a_webhook_is_signed_and_checked() {
    if !has_python() || !has("curl", is_installed("curl")) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.run(&["shared-secret", "create"]).succeeds();
    let [send, receive] = recipe("Sign and check a webhook");
    let (receive, port) = on_free_port(&receive, 8001);
    install(&sandbox, "receive.py", &receive);
    let _service = serve(program(&sandbox, "python3").arg("receive.py"), port);
    let send = send.replace("8001", &port.to_string());
    std::fs::write(sandbox.path("body.json"), "{\"order\": 7}").unwrap();
    run(program(&sandbox, "/bin/sh").args(["-ec", &send])).succeeds();
    let forged = send.replace("signature\" ", "signature\" --data-binary x ");
    assert_ne!(forged, send);
    for wrong in [forged, send.replace("$signature", "--help")] {
        let ran = run(program(&sandbox, "/bin/sh").args(["-ec", &wrong]));
        ran.exits(22).says("403");
    }
}
