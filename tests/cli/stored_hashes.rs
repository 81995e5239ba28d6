//! Tests of stored hashes that damage, another program or an attacker could leave: exit 5 or
//! refused, never accepted, and never more time or memory than the key format allows.
//!
//! Each hash here is wrong in one way only: its output is right for its parameters and the right
//! secret, so that a program that computed it would accept.

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use rusqlite::ToSql;
use rusqlite::types::Value;

use super::sandbox::{Ran, Sandbox};
use super::siege::Siege;

const SALT: &[u8] = b"0123456789abcdef";

/// The parameters of a hash, independent of its spelling.
struct Computed {
    algorithm: Algorithm,
    version: Version,
    cost: (u32, u32, u32),
    salt: Vec<u8>,
    len: usize,
}

fn argon2id(cost: (u32, u32, u32)) -> Computed {
    Computed {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        cost,
        salt: SALT.to_owned(),
        len: 32,
    }
}

fn cheap() -> Computed {
    argon2id((8, 1, 1))
}

impl Computed {
    /// Returns the right output for `secret`, in base64.
    fn output(&self, secret: &str) -> String {
        let (memory, passes, lanes) = self.cost;
        let params = Params::new(memory, passes, lanes, Some(self.len)).unwrap();
        let mut bytes = vec![0; self.len];
        Argon2::new(self.algorithm, self.version, params)
            .hash_password_into(secret.as_bytes(), &self.salt, &mut bytes)
            .unwrap();
        base64(&bytes)
    }

    /// Returns the PHC string for `secret`, with `head` instead of everything before the salt.
    fn with_head(&self, head: &str, secret: &str) -> String {
        format!("{head}${}${}", base64(&self.salt), self.output(secret))
    }

    /// Returns the PHC string for `secret`.
    fn phc(&self, secret: &str) -> String {
        let (memory, passes, lanes) = self.cost;
        let (algorithm, version) = (self.algorithm, u32::from(self.version));
        let head = format!("${algorithm}$v={version}$m={memory},t={passes},p={lanes}");
        self.with_head(&head, secret)
    }
}

fn base64(bytes: &[u8]) -> String {
    Base64Unpadded::encode_string(bytes)
}

fn store(siege: &Siege, hash: impl ToSql) {
    let update =
        "UPDATE secrets SET hash = ?1 WHERE key = (SELECT number FROM keys WHERE name = 'a')";
    assert_eq!(siege.sandbox.sqlite().execute(update, [hash]).unwrap(), 1);
}

fn verify(siege: &Siege) -> Ran {
    siege.run(&["verify", "--json"], &siege.secret)
}

#[track_caller]
fn check_is_damage(siege: &Siege, case: &str) {
    let ran = verify(siege);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{case}: {ran:?}");
    assert_eq!(ran.error_code(), "database-damaged", "{case}");
    // The error quotes nothing of the hash.
    assert!(
        ran.stderr.len() < 500 && !ran.stderr.contains("$v"),
        "{case}: {ran:?}"
    );
    let usage = siege.sandbox.usage().metadata().unwrap();
    // Only record 0 exists, with the beginning of the recording.
    assert_eq!(usage.len(), 8, "{case}: a use was recorded");
}

#[test]
fn a_hash_within_the_bounds_is_computed_in_its_memory() {
    let siege = Siege::new();
    let with_salt = |salt: &[u8]| Computed {
        salt: salt.to_owned(),
        ..cheap()
    };
    for computed in [
        cheap(),
        argon2id((8, 10, 1)),
        argon2id((32, 1, 4)),
        argon2id((262_144, 1, 1)),
        argon2id((262_144, 10, 4)),
        with_salt(&[7; 48]),
    ] {
        let hash = computed.phc(&siege.secret);
        store(&siege, &hash);
        let ran = verify(&siege).succeeds();
        assert_eq!(ran.json()["accepted"], true, "{hash}");
    }
    // Without memory there is no verdict.
    store(&siege, argon2id((262_144, 1, 1)).phc(&siege.secret));
    let line = "ulimit -v 200000; exec $APIKEY verify --json < s";
    std::fs::write(siege.sandbox.path("s"), &siege.secret).unwrap();
    let ran = siege.sandbox.shell(line).exits(75);
    assert_eq!(
        (ran.error_code().as_str(), ran.stdout.as_str()),
        ("out-of-memory", "")
    );
}

#[test]
fn a_right_hash_out_of_bounds_is_damage() {
    let siege = Siege::new();
    let secret = siege.secret.as_str();
    let cost = |memory, passes, lanes| argon2id((memory, passes, lanes)).phc(secret);
    let salt = |bytes: &[u8]| Computed {
        salt: bytes.to_owned(),
        ..cheap()
    };
    let len = |len| Computed { len, ..cheap() };
    let kind = |algorithm, version| Computed {
        algorithm,
        version,
        ..cheap()
    };
    // Hashes that are too expensive to compute here have the output of a cheap one.
    let with_cost = |cost: &str| cheap().with_head(&format!("$argon2id$v=19${cost}"), secret);
    for hash in [
        cost(262_145, 1, 1),
        cost(8, 11, 1),
        cost(40, 1, 5),
        with_cost("m=4294967295,t=1,p=1"),
        with_cost("m=4294967296,t=1,p=1"),
        with_cost("m=18446744073709551624,t=1,p=1"),
        with_cost("m=1048576,t=1,p=1"),
        with_cost("m=7,t=1,p=1"),
        with_cost("m=0,t=1,p=1"),
        with_cost("m=8,t=0,p=1"),
        with_cost("m=8,t=4294967295,p=1"),
        with_cost("m=8,t=4294967297,p=1"),
        with_cost("m=262144,t=4294967295,p=4"),
        with_cost("m=8,t=1,p=0"),
        with_cost("m=8,t=1,p=4"),
        with_cost("m=31,t=1,p=4"),
        with_cost("m=8,t=1,p=4294967297"),
        with_cost("m=-8,t=1,p=1"),
        with_cost("m=8.0,t=1,p=1"),
        with_cost("m=0x8,t=1,p=1"),
        with_cost("m=,t=1,p=1"),
        with_cost("m=8,t=1"),
        with_cost("t=1,p=1"),
        with_cost(""),
        kind(Algorithm::Argon2i, Version::V0x13).phc(secret),
        kind(Algorithm::Argon2d, Version::V0x13).phc(secret),
        kind(Algorithm::Argon2id, Version::V0x10).phc(secret),
        kind(Algorithm::Argon2id, Version::V0x10).with_head("$argon2id$m=8,t=1,p=1", secret),
        cheap().with_head("$argon2id$m=8,t=1,p=1", secret),
        cheap().with_head("$argon2id$v=20$m=8,t=1,p=1", secret),
        salt(&[1; 8]).phc(secret),
        salt(&[1; 15]).phc(secret),
        salt(&[1; 49]).phc(secret),
        salt(&[1; 64]).phc(secret),
        len(16).phc(secret),
        len(31).phc(secret),
        len(33).phc(secret),
        len(64).phc(secret),
    ] {
        store(&siege, &hash);
        check_is_damage(&siege, &hash);
    }
}

#[test]
fn a_right_hash_with_another_spelling_is_damage() {
    let siege = Siege::new();
    let secret = siege.secret.as_str();
    let good = cheap().phc(secret);
    let head = |head: &str| cheap().with_head(head, secret);
    let with_cost = |cost: &str| head(&format!("$argon2id$v=19${cost}"));
    let (salt, output) = (base64(SALT), cheap().output(secret));
    // The last character of salt and output has bits beyond the last byte.
    let beyond = |text: &str| {
        const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let (begun, last) = text.split_at(text.len() - 1);
        let next = DIGITS.find(last).unwrap() + 1;
        format!("{begun}{}", &DIGITS[next..=next])
    };
    let cost = "m=8,t=1,p=1";
    let parts = |salt: &str, output: &str| format!("$argon2id$v=19${cost}${salt}${output}");
    for hash in [
        with_cost("m=08,t=1,p=1"),
        with_cost("m=8,t=01,p=1"),
        with_cost("m=8,t=1,p=0000000001"),
        head("$argon2id$v=019$m=8,t=1,p=1"),
        with_cost("m=+8,t=1,p=1"),
        head("$argon2id$v=+19$m=8,t=1,p=1"),
        with_cost("t=1,m=8,p=1"),
        with_cost("p=1,t=1,m=8"),
        with_cost("m=8,t=1,p=1,m=8"),
        with_cost("m=9,m=8,t=1,p=1"),
        head("$argon2id$v=19$v=19$m=8,t=1,p=1"),
        with_cost("m=8,t=1,p=1,v=19"),
        with_cost("m=8,t=1,p=1,keyid=AAAA"),
        with_cost("m=8,t=1,p=1,data=AAAA"),
        with_cost("keyid=,m=8,t=1,p=1"),
        with_cost("m=8,t=1,p=1,x=1"),
        with_cost("m=8,t=1,p=1,"),
        with_cost(",m=8,t=1,p=1"),
        with_cost("m=8;t=1;p=1"),
        with_cost("M=8,T=1,P=1"),
        with_cost("m=８,t=1,p=1"),
        with_cost("m=8, t=1,p=1"),
        head("$ARGON2ID$v=19$m=8,t=1,p=1"),
        head("argon2id$v=19$m=8,t=1,p=1"),
        head("$$argon2id$v=19$m=8,t=1,p=1"),
        head("$argon2id$v=19$$m=8,t=1,p=1"),
        format!(" {good}"),
        format!("{good} "),
        format!("\n{good}"),
        format!("{good}\n"),
        format!("{good}\r\n"),
        format!("{good}\0"),
        format!("\u{feff}{good}"),
        format!("{good}$"),
        format!("{good}${output}"),
        format!("{good}\n{good}"),
        parts(&salt, &format!("{output}=")),
        parts(&format!("{salt}=="), &output),
        parts(&salt, &beyond(&output)),
        parts(&beyond(&salt), &output),
        parts(&salt, &output.replacen(|_: char| true, "-", 1)),
        parts(&salt, &output.replacen(|_: char| true, "*", 1)),
        parts(&salt.replace('M', "_"), &output),
        parts(&format!("{} {}", &salt[..4], &salt[4..]), &output),
        parts(&salt, &format!("{}\n{}", &output[..9], &output[9..])),
        parts("", &output),
        parts(&salt, ""),
        format!("$argon2id$v=19${cost}${salt}"),
        format!("$argon2id$v=19${cost}"),
    ] {
        store(&siege, &hash);
        check_is_damage(&siege, &hash);
    }
    store(&siege, &good);
    verify(&siege).succeeds();
}

#[test]
fn a_truncated_hash_or_one_of_another_algorithm_is_damage() {
    let siege = Siege::new();
    let good = cheap().phc(&siege.secret);
    for at in 0..good.len() {
        store(&siege, &good[..at]);
        check_is_damage(&siege, &good[..at]);
    }
    for at in 1..good.len() {
        store(&siege, &good[at..]);
        check_is_damage(&siege, &good[at..]);
    }
    for hash in [
        &siege.secret,
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$scrypt$ln=15,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU",
        "$pbkdf2-sha256$i=600000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU",
        "$pbkdf2-sha256$29000$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU",
        "$5$rounds=5000$usesomesalt$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6",
        "$6$rounds=999999999$usesomesalt$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6",
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
        "$1$usesomes$n8ScqCcsTG8BpRtBBjAgf1",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "*",
        "!",
        "x",
        "$",
        "$$$$$",
    ] {
        store(&siege, hash);
        check_is_damage(&siege, hash);
    }
}

#[test]
fn a_hash_that_is_no_text_or_too_long_is_damage_in_bounded_memory() {
    let siege = Siege::new();
    let good = cheap().phc(&siege.secret);
    let bytes = |bytes: &[u8]| Value::Blob(bytes.to_owned());
    for (case, hash) in [
        ("not UTF-8", bytes(b"\xff")),
        (
            "a byte too many",
            bytes(&[good.as_bytes(), b"\xff"].concat()),
        ),
        (
            "ten megabytes",
            bytes(&[good.as_bytes(), &[b'A'; 10_000_000]].concat()),
        ),
        (
            "ten megabytes of parameters",
            bytes(good.replace("p=1", &"p=1,".repeat(2_500_000)).as_bytes()),
        ),
        ("nothing but NUL", bytes(&[0; 10_000_000])),
        (
            "more than the memory limit allows for a copy",
            bytes(&vec![b'A'; 170_000_000]),
        ),
    ] {
        let as_text = "UPDATE secrets SET hash = CAST(?1 AS TEXT) WHERE key = (SELECT number FROM keys WHERE name = 'a')";
        siege.sandbox.sqlite().execute(as_text, [hash]).unwrap();
        check_is_damage(&siege, case);
        siege.run(&["list"], "").succeeds();
    }
    // The key can be deleted, as the hint says.
    let much = "UPDATE secrets SET hash = CAST(zeroblob(20000000) AS TEXT) WHERE key = (SELECT number FROM keys WHERE name = 'b')";
    siege.sandbox.sql(much);
    siege.run(&["delete", "b", "-y"], "").succeeds();
    // The column accepts only text unless the schema itself is changed.
    let update = |value: &str| {
        let update = format!("UPDATE secrets SET hash = {value}");
        siege.sandbox.sqlite().execute(&update, [])
    };
    for value in ["NULL", "x'00'"] {
        assert!(update(value).is_err());
    }
    siege.sandbox.sql(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'hash        TEXT    NOT NULL', 'hash ANY')
          WHERE name = 'secrets';",
    );
    for value in ["NULL", "x'00'", "CAST(hash AS BLOB)", "0", "1.5"] {
        update(value).unwrap();
        check_is_damage(&siege, value);
    }
}

#[test]
fn a_hash_covers_the_whole_secret_including_its_id() {
    let siege = Siege::new();
    let sandbox = &siege.sandbox;
    let other = sandbox.key("c");
    let verdict = |secret: &str| siege.run(&["verify"], secret).stdout;
    let stored = |name: &str| -> String {
        let select = "SELECT hash FROM secrets JOIN keys ON number = key WHERE name = ?1";
        let sqlite = sandbox.sqlite();
        sqlite.query_row(select, [name], |row| row.get(0)).unwrap()
    };
    let (a, c) = (stored("a"), stored("c"));
    let set = |a: &str, c: &str| {
        let update = "UPDATE secrets SET hash = iif(name = 'a', ?1, ?2)
              FROM keys WHERE number = key AND name IN ('a', 'c')";
        assert_eq!(sandbox.sqlite().execute(update, [a, c]).unwrap(), 2);
    };
    set(&c, &a);
    for secret in [&siege.secret, &other] {
        assert_eq!(verdict(secret), "refused unknown\n");
    }
    set(&a, &c);
    for (secret, accepted) in [(&siege.secret, "accepted a\n"), (&other, "accepted c\n")] {
        assert_eq!(verdict(secret), accepted);
    }

    // A copied row is a key, but no secret belongs to it.
    let copy = |id: &str, name: &str| {
        sandbox.sql(&format!(
            "INSERT INTO keys (id, name, created_at, created_by)
             SELECT '{id}', '{name}', created_at, created_by FROM keys WHERE name = 'a';
             INSERT INTO secrets (key, hash, last_four, state, created_at)
             SELECT k.number, s.hash, s.last_four, s.state, s.created_at
               FROM keys k, secrets s JOIN keys a ON a.number = s.key
              WHERE k.name = '{name}' AND a.name = 'a';"
        ));
    };
    copy("AAAAAAAA", "copy");
    assert_eq!(sandbox.show("copy")["status"], "active");
    let forged = with_id(&siege.secret, "AAAAAAAA");
    assert_ne!(forged, siege.secret);
    assert_eq!(verdict(&forged), "refused unknown\n");
    // With its own id the result is the secret itself, so `with_id` computes the checksum right.
    assert_eq!(with_id(&siege.secret, &siege.secret[5..13]), siege.secret);
    assert_eq!(verdict(&siege.secret), "accepted a\n");
    sandbox.run(&["delete", "a", "-y"]).succeeds();
    assert_eq!(verdict(&siege.secret), "refused unknown\n");
}

#[test]
fn a_hash_that_differs_in_one_bit_refuses_the_secret() {
    let siege = Siege::new();
    let good = cheap().phc(&siege.secret);
    let (head, output) = good.rsplit_once('$').unwrap();
    let right = Base64Unpadded::decode_vec(output).unwrap();
    for at in 0..right.len() {
        let mut wrong = right.clone();
        wrong[at] ^= 1 << (at % 8);
        store(&siege, format!("{head}${}", base64(&wrong)));
        let ran = siege.run(&["verify"], &siege.secret).exits(1);
        assert_eq!(ran.stdout, "refused unknown\n", "byte {at}");
    }
}

/// Returns `secret` with another id and the matching checksum.
fn with_id(secret: &str, id: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = format!("apik_{id}{}", &secret[13..57]);
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(text.as_bytes());
    for exponent in (0..6).rev() {
        text.push(DIGITS[(sum / 62_u32.pow(exponent) % 62) as usize].into());
    }
    text
}

#[test]
fn a_cost_out_of_bounds_in_the_settings_is_damage() {
    let siege = Siege::new();
    let unknown = Sandbox::new().key("x");
    let keys = siege.sandbox.count("keys");
    for cost in [
        "m=4294967295,t=1,p=1",
        "m=262145,t=1,p=1",
        "m=262144,t=11,p=1",
        "m=7,t=1,p=1",
        "m=8,t=1,p=2",
        "m=8,t=1",
        "",
        "m=8,t=1,p=1,data=AAAA",
        "m=8,t=1,p=1\n",
    ] {
        let update = "UPDATE settings SET argon2 = ?1";
        siege.sandbox.sqlite().execute(update, [cost]).unwrap();
        for (args, input) in [
            (&["verify", "--json"][..], &siege.secret),
            (&["verify", "--json"], &unknown),
            (&["create", "x", "-g", "readonly", "--json"], &String::new()),
        ] {
            let ran = siege.run(args, input);
            assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{cost}: {ran:?}");
            assert_eq!(ran.error_code(), "database-damaged", "{cost}");
        }
        assert_eq!(siege.sandbox.count("keys"), keys);
    }
    // The highest valid cost in memory and lanes.
    siege
        .sandbox
        .sql("UPDATE settings SET argon2 = 'm=262144,t=1,p=4'");
    let ran = siege.run(&["verify"], &unknown).exits(1);
    assert_eq!(ran.stdout, "refused unknown\n");
    siege.run(&["create", "x", "-g", "readonly"], "").succeeds();
}
