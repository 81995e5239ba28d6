use super::sandbox::{Sandbox, finish};

#[test]
fn a_key_is_found_by_its_name_its_id_and_its_short_form() {
    let sandbox = Sandbox::new();
    sandbox.key("Demo");
    let key = sandbox.show("demo");
    let (id, short) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    assert!(short.starts_with(&format!("apik_{id}…")), "{short}");
    for named in [id, short, &short.replace('…', "..."), "DEMO"] {
        assert_eq!(sandbox.show(named)["id"], id);
    }
    let other_last_four = format!(
        "{}0000",
        short.strip_suffix(&short[short.len() - 4..]).unwrap()
    );
    for unknown in [
        "unknown",
        &id.to_lowercase().replace(char::is_numeric, "x"),
        &other_last_four,
        &short.replace("apik", "acme"),
    ] {
        sandbox.run(&["show", unknown]).exits(3);
    }
    sandbox
        .run(&["show", "dmeo"])
        .exits(3)
        .says("did you mean \"Demo\"?");
}

#[test]
fn show_prints_everything_except_the_secret() {
    let sandbox = Sandbox::new();
    let secret = sandbox.create(&[
        "demo",
        "-g",
        "admin",
        "-g",
        "readonly",
        "-d",
        "for the demo",
        "--app",
        "shop",
    ]);
    let shown = sandbox.run(&["show", "demo", "--utc"]).succeeds().stdout;
    for fact in [
        "demo",
        "for the demo",
        "shop",
        "active",
        "admin readonly",
        "* *:read apikey:manage",
        "Never",
    ] {
        assert!(shown.contains(fact), "{fact} is not in {shown}");
    }
    assert!(!shown.contains(&secret[14..40]));
    let json = sandbox.show("demo");
    assert_eq!(
        json["effective_groups"],
        serde_json::json!(["admin", "readonly"])
    );
    assert_eq!(
        json["effective_permissions"],
        serde_json::json!(["*", "*:read", "apikey:manage"])
    );
}

#[test]
fn times_are_local_or_in_utc() {
    let sandbox = Sandbox::new();
    sandbox.create(&["demo", "-g", "readonly", "--expires", "2037-01-31"]);
    let show = |args: &[&str]| {
        let mut command = sandbox.apikey(&[&["show", "demo"], args].concat());
        finish(command.env("TZ", "UTC-3").spawn().unwrap()).stdout
    };
    assert!(show(&[]).contains("2037-01-31T03:00:00+03:00"));
    assert!(show(&["--utc"]).contains("2037-01-31T00:00:00Z"));
    assert!(show(&["--json"]).contains("2037-01-31T00:00:00Z"));
}
