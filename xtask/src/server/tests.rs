//! The server over real sockets, spoken to in plain HTTP.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::*;

const PAGE: &str = "<html><head><meta http-equiv=\"Content-Security-Policy\" \
     content=\"default-src 'none'; script-src 'self'\"></head></html>";

fn site(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("xtask-server-{name}-{}", std::process::id()));
    fs::create_dir_all(folder.join("models")).unwrap();
    fs::write(folder.join("index.html"), PAGE).unwrap();
    fs::write(folder.join("page.js"), "export const a = 1234567890;").unwrap();
    fs::write(folder.join("page.js.br"), "packed").unwrap();
    fs::write(folder.join("models/one.bin"), vec![7; 100_000]).unwrap();
    folder
}

fn ask(server: &Server, head: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(stream, "{head}\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let split = all.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    (
        String::from_utf8_lossy(&all[..split]).into_owned(),
        all[split + 4..].to_vec(),
    )
}

#[test]
fn answers_carry_the_headers_of_a_private_page() {
    let folder = site("headers");
    let server = Server::start(Options::new(&folder)).unwrap();
    let (head, body) = ask(&server, "GET / HTTP/1.1");
    assert_eq!(body, PAGE.as_bytes());
    for line in [
        "HTTP/1.1 200",
        "Content-Security-Policy: default-src 'none'; script-src 'self'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Embedder-Policy: require-corp",
        "Cross-Origin-Resource-Policy: same-origin",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer",
        "Cache-Control: no-store",
        "Content-Type: text/html; charset=utf-8",
    ] {
        assert!(head.contains(line), "{line} is not in\n{head}");
    }
    assert_eq!(
        head.matches("Content-Type").count(),
        2,
        "one of them is nosniff's:\n{head}"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_host_that_does_not_isolate_sends_all_other_headers() {
    let folder = site("shared");
    let options = Options {
        isolated: false,
        ..Options::new(&folder)
    };
    let server = Server::start(options).unwrap();
    let (head, _) = ask(&server, "GET / HTTP/1.1");
    assert!(head.contains("Content-Security-Policy"), "{head}");
    assert!(
        !head.contains("Opener") && !head.contains("Embedder"),
        "{head}"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_packed_file_is_sent_where_accepted_only() {
    let folder = site("packed");
    let server = Server::start(Options::new(&folder)).unwrap();
    let (head, body) = ask(
        &server,
        "GET /page.js HTTP/1.1\r\nAccept-Encoding: gzip, br",
    );
    assert_eq!(body, b"packed");
    assert!(
        head.contains("Content-Encoding: br") && head.contains("text/javascript"),
        "{head}"
    );
    let (head, body) = ask(&server, "GET /page.js HTTP/1.1");
    assert_eq!(body, b"export const a = 1234567890;");
    assert!(!head.contains("Content-Encoding"), "{head}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn large_files_arrive_whole_with_their_length() {
    let folder = site("large");
    let server = Server::start(Options::new(&folder)).unwrap();
    let (head, body) = ask(&server, "GET /models/one.bin HTTP/1.1");
    assert_eq!(body, vec![7; 100_000]);
    assert!(head.contains("Content-Length: 100000"), "{head}");
    let (head, body) = ask(&server, "HEAD /models/one.bin HTTP/1.1");
    assert!(
        body.is_empty() && head.contains("Content-Length: 100000"),
        "{head}"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn every_request_is_recorded() {
    let folder = site("record");
    let options = Options {
        mount: "some/where".into(),
        ..Options::new(&folder)
    };
    let server = Server::start(options).unwrap();
    assert!(server.url().ends_with("/some/where/"), "{}", server.url());
    ask(&server, "GET /some/where/?device=cpu HTTP/1.1");
    ask(&server, "GET /engine.js HTTP/1.1");
    ask(&server, "POST /some/where/ HTTP/1.1\r\nContent-Length: 0");
    ask(&server, "GET /some/where HTTP/1.1");
    let seen: Vec<_> = server
        .served()
        .into_iter()
        .map(|one| (one.url, one.status))
        .collect();
    let expected = [
        ("/some/where/?device=cpu", 200),
        ("/engine.js", 404),
        ("/some/where/", 405),
        ("/some/where", 308),
    ];
    assert_eq!(seen, expected.map(|(url, status)| (url.to_owned(), status)));
    assert!(server.served().iter().all(|one| one.host == "here"));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_stopped_server_frees_its_port() {
    let folder = site("stop");
    let server = Server::start(Options::new(&folder)).unwrap();
    let port = server.address.port();
    ask(&server, "GET / HTTP/1.1");
    assert!(
        Server::start(Options {
            port: Port::Exactly(port),
            ..Options::new(&folder)
        })
        .is_err()
    );
    drop(server);
    // tiny_http's accepting thread ends a moment after the server is dropped.
    let freed = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        TcpListener::bind(("127.0.0.1", port)).is_ok()
    });
    assert!(freed);
    fs::remove_dir_all(folder).unwrap();
}
