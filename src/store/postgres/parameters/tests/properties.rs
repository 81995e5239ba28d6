//! Properties of every text and every file.

use proptest::prelude::*;

use super::*;

/// Returns `text` with every byte that has a meaning in a URI as `%XX`.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Returns a host of a URI, as its text there and as the parameters have it.
fn host() -> impl Strategy<Value = (String, Address)> {
    let tcp = |name: String| Address::Tcp {
        name,
        address: None,
    };
    prop_oneof![
        "[^\\pC/@,]([^\\pC,]{0,20})".prop_map(move |name| (encoded(&name), tcp(name))),
        any::<std::net::Ipv6Addr>().prop_map(move |ip| (format!("[{ip}]"), tcp(ip.to_string()))),
        "/[^\\pC,]{0,20}".prop_map(|name| (encoded(&name), Address::Socket(name.into()))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_uri_built_from_parts_has_these_parts(
        hosts in proptest::collection::vec((host(), 1_u16..), 1..4),
        user in "\\PC{1,20}",
        database in "\\PC{1,20}",
        application in "\\PC{1,20}",
        seconds in 1_u64..1_000,
        target in proptest::sample::select(&TARGETS[..]),
    ) {
        let list: Vec<String> = hosts.iter().map(|((host, _), port)| format!("{host}:{port}")).collect();
        let uri = format!(
            "postgres://{}@{}/{}?application_name={}&connect_timeout={seconds}&target_session_attrs={}",
            encoded(&user), list.join(","), encoded(&database), encoded(&application), target.0,
        );
        let parameters = Surroundings::new().parse(&uri).unwrap();
        let found: Vec<_> = parameters.hosts.iter().map(|host| (host.address.clone(), host.port)).collect();
        let wanted: Vec<_> = hosts.into_iter().map(|((_, address), port)| (address, port)).collect();
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(parameters.user, user);
        prop_assert_eq!(parameters.database, database);
        prop_assert_eq!(parameters.application_name, application);
        prop_assert_eq!(parameters.connect_timeout, Duration::from_secs(seconds));
        prop_assert_eq!(parameters.target, target.1);
    }

    #[test]
    fn every_text_has_parameters_or_an_error_with_a_hint(
        text in prop_oneof!["\\PC*", "[a%2F:@/?&=,\\[\\]é0-9]*", "([a-z]{1,3}|%2F|[:@/?&=,]|port=|host=|hostaddr=|sslmode=)*"],
        is_service in any::<bool>(),
    ) {
        let scheme = if is_service { "service=" } else { "postgres://" };
        if let Err(error) = Surroundings::new().parse(&format!("{scheme}{text}")) {
            prop_assert_eq!(error.kind(), Kind::InvalidInput);
            prop_assert!(error.advice().is_some());
        }
    }

    #[test]
    fn every_service_file_and_every_passfile_is_read(
        services in "(\\[a\\]|host|=|#|\n| |\\PC)*",
        passfile in "(\\*|:|\\\\|h|\n|#|\\PC)*",
    ) {
        let surroundings = Surroundings::new()
            .file(".pg_service.conf", &services, 0o600)
            .file(".pgpass", &passfile, 0o600);
        let _ = surroundings.parse("service=a");
        prop_assert!(surroundings.parse("postgres://h").is_ok());
    }
}
