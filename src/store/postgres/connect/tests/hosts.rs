//! Several hosts, which share the time, and the role of the server that is wanted.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::super::address::first_of;
use super::super::socket::Endpoint;
use super::fake;
use super::server::{Server, free_port};
use super::{ask, assert_refused, refused, run, without_password};
use crate::error::Kind;

/// Returns the URI for the role `free` on the ports `ports` of loopback.
fn on_ports(ports: &[u16], more: &str) -> String {
    let hosts: Vec<String> = ports
        .iter()
        .map(|port| format!("127.0.0.1:{port}"))
        .collect();
    format!(
        "postgres://free@{}/postgres?sslmode=disable&{more}",
        hosts.join(",")
    )
}

/// Returns the port of the server that is connected to.
fn port_of(uri: &str) -> crate::error::Result<u16> {
    let port = ask(&without_password(uri), "SELECT current_setting('port')")?;
    Ok(port.parse().unwrap())
}

#[test]
fn the_first_host_that_works_is_used() {
    let Some(server) = Server::shared() else {
        return;
    };
    let silent = fake::silent_after(Vec::new());
    let (refusing, _) = fake::server(fake::error("57P03", "the database system is starting up"));
    let ports = [free_port(), refusing, silent, server.port(), 1];
    let more = "connect_timeout=5&target_session_attrs=any";
    assert_eq!(port_of(&on_ports(&ports, more)).unwrap(), server.port());
    let unknown = format!(
        "postgres://free@nowhere.invalid,127.0.0.1:{}/postgres?sslmode=disable",
        server.port()
    );
    assert_eq!(port_of(&unknown).unwrap(), server.port());
}

#[test]
fn a_host_that_answers_after_its_first_part_of_the_time_is_used() {
    let Some(server) = Server::shared() else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = listener.local_addr().unwrap().port();
    let port = server.port();
    let thread = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        // The first part is 1.5 seconds.
        thread::sleep(Duration::from_secs(2));
        relay(&client, port);
        listener.set_nonblocking(true).unwrap();
        listener.accept().is_err()
    });
    let silent = fake::silent_after(Vec::new());
    let uri = on_ports(&[slow, silent], "connect_timeout=12");
    assert_eq!(port_of(&uri).unwrap(), port);
    assert!(thread.join().unwrap(), "the attempt was repeated");
}

/// Passes bytes between `client` and the server at `port` until one of them closes.
fn relay(client: &TcpStream, port: u16) {
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    thread::scope(|threads| {
        threads.spawn(|| {
            let _ = io::copy(&mut &*client, &mut &server);
            let _ = server.shutdown(Shutdown::Write);
        });
        let _ = io::copy(&mut &server, &mut &*client);
        let _ = client.shutdown(Shutdown::Write);
    });
}

#[test]
fn a_silent_host_ends_as_unavailable_at_every_step_of_the_login() {
    let accepted = [fake::message(b'R', &[0; 4]), fake::message(b'Z', b"I")].concat();
    for (mode, answer) in [
        ("disable", &b""[..]),
        ("prefer", b""),
        ("prefer", b"S"),
        ("verify-full", b"S\x16\x03"),
        ("disable", &fake::message(b'R', &[0; 4])),
        ("disable", &accepted),
    ] {
        let port = fake::silent_after(answer.to_vec());
        let uri = format!("postgres://u@127.0.0.1:{port}/d?connect_timeout=1&sslmode={mode}");
        let parameters = without_password(&uri);
        assert_refused(&parameters, Kind::Unavailable, "no answer in time");
    }
}

#[test]
fn the_next_address_of_a_host_is_tried_only_if_nothing_answers() {
    let Some(server) = Server::shared() else {
        return;
    };
    let parameters = without_password(&server.tcp("free", "connect_timeout=5"));
    let connect_to = |ports: [u16; 2]| {
        let endpoint = |port| Endpoint::Tcp((Ipv4Addr::LOCALHOST, port).into());
        let endpoints = ports.map(endpoint);
        let deadline = Instant::now() + parameters.connect_timeout;
        run(first_of(
            &endpoints,
            &parameters.hosts[0],
            &parameters,
            deadline,
        ))
        .map(drop)
    };
    for dead in [free_port(), fake::silent_after(Vec::new())] {
        connect_to([dead, server.port()]).unwrap();
    }
    let (refusing, _) = fake::server(fake::error("28P01", "refused"));
    let failure = connect_to([refusing, server.port()]).unwrap_err();
    assert_eq!(failure.error.kind(), Kind::NotPermitted);
}

#[test]
fn a_failure_that_several_hosts_have_is_reported_once() {
    let port = fake::silent_after(Vec::new());
    let error = refused(&without_password(&on_ports(
        &[port, port],
        "connect_timeout=1",
    )));
    let fact = format!("127.0.0.1:{port}: no answer in time");
    assert_eq!(error.message(), fact);
}

#[test]
fn a_dead_host_is_unavailable() {
    let port = free_port();
    let fact = format!("127.0.0.1:{port}: can't connect: connection refused");
    assert_refused(
        &without_password(&on_ports(&[port], "")),
        Kind::Unavailable,
        &fact,
    );
    let directory = tempfile::tempdir().unwrap();
    let uri = format!("postgres://u@/d?host={}", directory.path().display());
    let fact = "/.s.PGSQL.5432: can't connect: no such file or directory";
    assert_refused(&without_password(&uri), Kind::Unavailable, fact);
    let uri = "postgres://u@nowhere.invalid/d?connect_timeout=5";
    let error = refused(&without_password(uri));
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
}

#[test]
fn a_server_that_is_not_postgres_or_ends_the_connection_is_unavailable() {
    for answer in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b""] {
        let (port, _) = fake::server(answer.to_vec());
        let error = refused(&without_password(&on_ports(&[port], "")));
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    }
}

#[test]
fn a_server_that_does_not_say_its_role_is_unavailable() {
    let ready = fake::message(b'Z', b"I");
    let login = [fake::message(b'R', &[0; 4]), ready.clone()].concat();
    let no_columns = [fake::message(b'T', &[0, 0]), fake::message(b'D', &[0, 0])].concat();
    for rows in [Vec::new(), no_columns] {
        let end = [fake::message(b'C', b"SELECT 1\0"), ready.clone()].concat();
        let port = fake::silent_after([login.clone(), rows, end].concat());
        let parameters = without_password(&on_ports(&[port], ""));
        let error = refused(&parameters);
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    }
}

#[test]
fn the_most_informative_failure_comes_first() {
    let starting = || fake::server(fake::error("57P03", "the database system is starting up")).0;
    let missing = || fake::server(fake::error("3D000", "database \"postgres\" does not exist")).0;
    let denied = || fake::server(fake::error("28P01", "password authentication failed")).0;
    let dead = free_port();
    for (ports, kind, first) in [
        (vec![dead, starting()], Kind::Unavailable, 1),
        (vec![starting(), missing(), dead], Kind::DatabaseMissing, 1),
        (vec![missing(), dead, denied()], Kind::NotPermitted, 2),
    ] {
        let error = refused(&without_password(&on_ports(&ports, "")));
        assert_eq!(error.kind(), kind, "{error}");
        let fact = format!("127.0.0.1:{}: ", ports[first]);
        assert!(error.message().starts_with(&fact), "{error}");
        assert_eq!(
            error.message().matches("; 127.0.0.1").count(),
            ports.len() - 1
        );
    }
}

#[test]
fn the_server_with_the_wanted_role_is_used() {
    let (Some(primary), Some(standby)) = (Server::shared(), Server::standby()) else {
        return;
    };
    let (primary, standby) = (primary.port(), standby.port());
    for (target, first_primary, first_standby) in [
        ("any", primary, standby),
        ("read-write", primary, primary),
        ("primary", primary, primary),
        ("read-only", standby, standby),
        ("standby", standby, standby),
        ("prefer-standby", standby, standby),
    ] {
        let more = format!("target_session_attrs={target}");
        let uri = on_ports(&[primary, standby], &more);
        assert_eq!(port_of(&uri).unwrap(), first_primary, "{target}");
        let uri = on_ports(&[standby, primary], &more);
        assert_eq!(port_of(&uri).unwrap(), first_standby, "{target}");
    }
    let fact = "the server is a standby";
    for target in ["primary", "read-write"] {
        let uri = on_ports(&[standby], &format!("target_session_attrs={target}"));
        assert_refused(&without_password(&uri), Kind::Unavailable, fact);
    }
}

#[test]
fn without_a_standby_prefer_standby_uses_the_primary_and_standby_none() {
    let Some(server) = Server::shared() else {
        return;
    };
    let uri = |target: &str| {
        let more = format!("target_session_attrs={target}");
        on_ports(&[free_port(), server.port()], &more)
    };
    assert_eq!(port_of(&uri("prefer-standby")).unwrap(), server.port());
    for (target, fact) in [
        ("standby", "the server is not a standby"),
        ("read-only", "the server accepts writes"),
    ] {
        let error = refused(&without_password(&uri(target)));
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.message().contains(fact), "{error}");
    }
}

#[test]
fn a_session_that_is_read_only_by_default_is_no_session_for_writes() {
    let Some(server) = Server::shared() else {
        return;
    };
    for (target, fits) in [
        ("read-write", false),
        ("read-only", true),
        ("primary", true),
    ] {
        let uri = server.tcp("reader", &format!("target_session_attrs={target}"));
        if fits {
            ask(&without_password(&uri), "SELECT 1").unwrap();
        } else {
            let fact = "the server accepts no writes";
            assert_refused(&without_password(&uri), Kind::Unavailable, fact);
        }
    }
}
