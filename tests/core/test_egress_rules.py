import json
import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import egress_rules as rules

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
HOSTILE = SHARED / "data" / "badinput" / "ssrf_urls.ndjson"
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Names only a resolver can judge: the egress tests refuse them by their addresses.
NEEDS_RESOLVING = ("nip.io", "lvh.me")

needs_data = pytest.mark.skipif(not HOSTILE.exists(), reason="the shared test data are not here")


def hostile():
    return [json.loads(line) for line in HOSTILE.read_text(encoding="ascii").splitlines()] if HOSTILE.exists() else []


def check(url, allowed=(), *, production=False):
    return rules.check_url(url, allowed_networks=allowed, production=production)


def verdict(url, allowed=(), *, production=False):
    try:
        check(url, allowed, production=production)
    except rules.ForbiddenTarget:
        return "refused"
    return "accepted"


@needs_data
@pytest.mark.parametrize("line", hostile(), ids=lambda line: ascii(line["url"])[:60])
def test_every_hostile_url_comes_out_as_expected(line):
    assert verdict(line["url"], production=True) == line["expect"]
    assert verdict(line["url"]) == line["expect"]


@needs_data
@pytest.mark.parametrize(
    "line", [line for line in hostile() if line["url"].lower().startswith("http:")], ids=lambda x: ascii(x["url"])[:60]
)
def test_https_and_an_open_port_make_no_hostile_url_acceptable(line):
    rest = line["url"][5:].replace(":80/", "/")
    assert verdict("https:" + rest) == "refused" or any(name in rest for name in NEEDS_RESOLVING)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://hooks.agency.example/in?a=1&b[]=2", "https://hooks.agency.example/in?a=1&b[]=2"),
        ("HTTPS://Hooks.Agency.Example", "https://hooks.agency.example/"),
        ("https://hooks.agency.example:443/%2e%2E/", "https://hooks.agency.example/%2e%2E/"),
        ("https://hooks.agency.example:1024/", "https://hooks.agency.example:1024/"),
        ("https://hooks.agency.example:65535?x", "https://hooks.agency.example:65535/?x"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/"),
        ("https://[64:ff9b::8.8.8.8]/", "https://[64:ff9b::808:808]/"),
        ("https://a.example/" + "x" * 2030, "https://a.example/" + "x" * 2030),
    ],
)
def test_an_honest_url_is_taken_in_one_spelling(url, sent):
    target = check(url, production=True)
    assert target.url == sent
    assert check(target.url, production=True) == target


def test_a_target_names_host_port_and_address():
    named = check("https://a.example:8443/x")
    assert (named.scheme, named.host, named.port, named.address) == ("https", "a.example", 8443, None)
    literal = check("https://[2606:4700::1111]/")
    assert (literal.host, literal.port, literal.address) == ("2606:4700::1111", 443, ip_address("2606:4700::1111"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://a.example/" + "x" * 2031, "longer than 2048"),
        ("https://a.example/ ", "white space"),
        ("https://a.example/\n", "white space"),
        ("https://a.example/a b", "%XX"),
        ("https://a.example/\x7f", "%XX"),
        ("https://a.example/%zz", "%XX"),
        ("https://a.example\\@b.example/", "%XX"),
        ("https://é.example/", "not ASCII"),
        ("https://a.example/#x", "fragment"),
        ("a.example", "absolute URL"),
        ("https:a.example", "absolute URL"),
        ("", "absolute URL"),
        ("https://user:secret@a.example/", "user information"),
        ("https://@a.example/", "user information"),
        ("https:///x", "host and port"),
        ("https://a.example:/", "host and port"),
        ("https://a.example:0/", "host and port"),
        ("https://a.example:0443/", "host and port"),
        ("https://a.example:443:443/", "host and port"),
        ("https://[::1/", "host and port"),
        ("https://a[::1]/", "host and port"),
        ("https://a.example:80/", "443"),
        ("https://a.example:1023/", "443"),
        ("https://a.example:65536/", "443"),
        ("http://a.example/", "https"),
        ("ftp://a.example/", "https"),
        ("https://a_b.example/", "host name"),
        ("https://a..example/", "host name"),
        ("https://a.example./", "host name"),
        ("https://%61.example/", "host name"),
        ("https://xn--a-.example/", "host name"),
        ("https://xn--abc-99999999.example/", "xn--"),
        ("https://intranet/", "private network"),
        ("https://LOCALHOST/", "private network"),
        ("https://a.localhost/", "private network"),
        ("https://metadata.google.internal/", "private network"),
        ("https://printer.local/", "private network"),
        ("https://nas.home.arpa/", "private network"),
        ("https://[fe80::1%25eth0]/", "zone"),
        ("https://[1.2.3.4]/", "no IPv6"),
        ("https://[]/", "no IPv6"),
        ("https://1.2.3.4.5/", "no IPv4"),
        ("https://256.1.1.1/", "no IPv4"),
        ("https://08.8.8.8/", "no IPv4"),
        ("https://a.1/", "no IPv4"),
        ("https://" + "9" * 400 + "/", "no IPv4"),
        ("https://0x08080808/", "8.8.8.8"),
        ("https://8.8.2056/", "8.8.8.8"),
        ("https://8.8.8.8./", "8.8.8.8"),
        ("https://127.1/", "127.0.0.1 is not public"),
        ("https://0x7f.1/", "127.0.0.1 is not public"),
        ("https://0/", "0.0.0.0 is not public"),
        ("https://0x/", "0.0.0.0 is not public"),
    ],
)
def test_a_refusal_names_its_reason(url, words):
    with pytest.raises(rules.ForbiddenTarget) as refusal:
        check(url)
    assert words in refusal.value.reason
    assert "secret" not in refusal.value.reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/in", "https://127.0.0.1:8443/", "http://[::1]:9000/"])
def test_loopback_is_open_only_where_it_is_named_and_never_in_production(url):
    assert verdict(url, LOOPBACK) == "accepted"
    assert verdict(url, LOOPBACK, production=True) == "refused"
    assert verdict(url) == "refused"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1:8080/",
        "http://10.0.0.1:8080/",
        "http://8.8.8.8:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://a.example:8080/",
        "http://localhost:8080/",
        "ftp://127.0.0.1:8080/",
    ],
)
def test_an_allowed_network_opens_nothing_beside_itself(url):
    assert verdict(url, LOOPBACK) == "refused"


@pytest.mark.parametrize(
    "address",
    [str(ip_network(network)[0]) for network, _, _ in rules._SPECIAL]
    + [str(ip_network(network)[-1]) for network, _, _ in rules._SPECIAL]
    + [
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
        "4000::1",
        "fe80::1%eth0",
        "2606:4700::1111%1",
    ],
)
def test_a_special_purpose_address_is_refused(address):
    with pytest.raises(rules.ForbiddenTarget):
        rules.check_address(ip_address(address), ())


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "103.28.12.1", "172.15.255.255", "172.32.0.0", "2606:4700::1111", "2400:cb00::1"]
)
def test_a_public_address_passes(address):
    rules.check_address(ip_address(address), ())


def test_a_zone_is_refused_even_in_an_allowed_network():
    allowed = (ip_network("fe80::/10"),)
    rules.check_address(ip_address("fe80::1"), allowed)
    with pytest.raises(rules.ForbiddenTarget, match="zone"):
        rules.check_address(ip_address("fe80::1%eth0"), allowed)


@given(st.ip_addresses().filter(lambda address: address.version == 4 or address not in rules.NAT64))
def test_nothing_the_standard_library_calls_private_passes(address):
    """The table is our own; the library's table is a second opinion."""
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        with pytest.raises(rules.ForbiddenTarget):
            rules.check_address(address, ())


@given(st.ip_addresses(v=4))
def test_a_translated_address_is_judged_as_the_one_it_leads_to(address):
    translated = ip_address(int(rules.NAT64[0]) + int(address))
    judged = []
    for each in (address, translated):
        try:
            rules.check_address(each, ())
        except rules.ForbiddenTarget:
            judged.append("refused")
        else:
            judged.append("passed")
    assert judged[0] == judged[1]


@given(address=st.ip_addresses(v=4), style=st.sampled_from(["decimal", "hex", "octal", "parts"]))
def test_no_odd_spelling_of_any_address_is_taken(address, style):
    number = int(address)
    host = {
        "decimal": str(number),
        "hex": hex(number),
        "octal": f"0{number:o}",
        "parts": ".".join(f"0{part:o}" for part in address.packed),
    }[style]
    assert verdict(f"https://{host}/") == "refused"


@given(st.text(max_size=60) | st.text("htps:/@[]%.0127xfa-#?\\", max_size=40))
def test_no_text_breaks_the_reader(text):
    assert verdict(text) in {"accepted", "refused"}
    assert verdict("https://" + text) in {"accepted", "refused"}


@given(host=st.from_regex(r"\A[a-z0-9.\-:\[\]%@]{1,30}\Z"))
def test_what_is_taken_leads_where_the_standard_library_reads_it_to_lead(host):
    try:
        target = check(f"https://{host}/")
    except rules.ForbiddenTarget:
        return
    read = urlsplit(target.url)
    assert (read.hostname, read.port or 443, read.username) == (target.host, target.port, None)


@pytest.mark.parametrize(("name", "value"), [("X-Team", "crisis"), ("Authorization", "Bearer abc"), ("x", "a b")])
def test_a_plain_header_passes(name, value):
    rules.check_extra_header(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("a\r\nb", "x"),
        ("é", "x"),
        ("x" * 65, "x"),
        ("a", ""),
        ("a", " x"),
        ("a", "x\n"),
        ("a", "x\r\ny: z"),
        ("a", "x\0"),
        ("a", "é"),
        ("a", "x" * 1025),
        ("Host", "inner.example"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "upgrade"),
        ("Cookie", "a=b"),
        ("Proxy-Authorization", "x"),
    ],
)
def test_a_header_that_breaks_or_steers_the_request_is_refused(name, value):
    with pytest.raises(rules.ForbiddenHeader):
        rules.check_header(name, value)


@pytest.mark.parametrize("value", ["", " ", " x", "x ", "x\n", "x\r\ny: z", "x\0", "é", "x" * 1025])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_value_among_good_ones_is_found_wherever_it_stands(value, place):
    values = ["a", "b c", "d"]
    rules.check_headers(["x-a", "x-b", "x-c"], values)
    values[place] = value
    with pytest.raises(rules.ForbiddenHeader, match=f"x-{'abc'[place]} "):
        rules.check_headers(["x-a", "x-b", "x-c"], values)


def test_values_with_wide_gaps_and_long_ones_together_pass():
    rules.check_headers(["x-a", "x-b"], ["a  b", "c"])
    rules.check_headers(["x-a", "x-b"], ["a" * 1000, "b" * 1000])


@pytest.mark.parametrize("name", ["webhook-id", "Webhook-Signature", "Content-Type", "User-Agent"])
def test_an_owner_may_not_overwrite_our_own_headers(name):
    rules.check_header(name, "x")
    with pytest.raises(rules.ForbiddenHeader, match="written by us"):
        rules.check_extra_header(name, "x")
