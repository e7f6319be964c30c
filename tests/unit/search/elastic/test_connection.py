"""What is told when the server is away, of another kind, or does not let us in."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time

import pytest
from click.testing import CliRunner

from policy_match.cli import main
from policy_match.errors import IndexIncompatible, ServiceUnavailable, SettingsError
from policy_match.search.elastic import ElasticIndex
from policy_match.search.elastic.connection import Connection
from policy_match.search.elastic.patience import Patience
from policy_match.search.elastic.trouble import shown_url
from policy_match.settings import IndexSettings, Secret
from tests.unit.search.elastic.stub import INFO, Answer, serving

HURRY = 0.2


def error_body(kind: str, reason: str) -> dict:
    return {"error": {"type": kind, "reason": reason}}


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_server_that_is_away_is_told(nobody):
    with pytest.raises(ServiceUnavailable, match="连不上 Elasticsearch"):
        Connection(nobody, patience=HURRY)


@pytest.mark.parametrize(
    "words",
    [["search", "补贴"], ["lineage", "p-1"], ["index", "."], ["doctor", "--json"]],
    ids=lambda w: w[0],
)
def test_commands_end_with_exit_code_3(nobody, words, monkeypatch):
    """Within seconds, in Chinese, without a traceback; doctor names it among its checks."""
    monkeypatch.setenv("POLICY_MATCH_INDEX", nobody)
    begun = time.monotonic()
    done = CliRunner().invoke(main, words)
    assert done.exit_code == (1 if words[0] == "doctor" else 3), done.output
    assert "连不上 Elasticsearch" in done.output
    assert "Traceback" not in done.output
    assert time.monotonic() - begun < 20


def test_another_product_is_told():
    with (
        serving(Answer(INFO, headers={})) as stub,
        pytest.raises(IndexIncompatible, match="OpenSearch"),
    ):
        Connection(stub.url)


def test_a_web_page_is_told():
    page = Answer(b"<html></html>", headers={"Content-Type": "text/html"})
    with serving(page) as stub, pytest.raises(IndexIncompatible, match="Elasticsearch"):
        Connection(stub.url)


@pytest.mark.parametrize("number", ["7.17.9", "10.0.0", "6.8.0"])
def test_another_version_is_told(number):
    with (
        serving(Answer({"version": {"number": number}})) as stub,
        pytest.raises(IndexIncompatible, match=f"{number}.*8 或 9"),
    ):
        Connection(stub.url)


@pytest.mark.parametrize("number", ["8.19.9", "9.2.0"])
def test_versions_8_and_9_are_taken(number):
    with serving(Answer({"version": {"number": number}})) as stub:
        assert Connection(stub.url).version.number == number


def test_a_server_that_refuses_our_media_type_is_of_another_version():
    refused = Answer(error_body("media_type_header_exception", "compatible-with=8"), status=406)
    with serving(refused) as stub, pytest.raises(IndexIncompatible, match="8 或 9"):
        Connection(stub.url)


def test_a_server_without_its_front_page_tells_its_version_by_its_node():
    def answer(asked):
        if asked.path == "/":
            return Answer({"error": "no", "status": 405}, status=405)
        return Answer({"nodes": {"x": {"version": "8.11.1"}}})

    with serving(answer) as stub:
        assert Connection(stub.url).version.number == "8.11.1"


def test_a_server_that_tells_no_version_is_taken_as_it_is():
    with serving(Answer({"error": "no", "status": 405}, status=405)) as stub:
        assert Connection(stub.url).version.major is None


def test_a_wrong_password_is_told_and_not_shown():
    settings = IndexSettings("x", username="u", password=Secret("s3cret"))
    refused = Answer(error_body("security_exception", "unable to authenticate"), status=401)
    with serving(refused) as stub, pytest.raises(ServiceUnavailable, match="ES_PASSWORD") as told:
        Connection(stub.url, settings)
    assert "s3cret" not in str(told.value)


def test_a_user_without_rights_is_told():
    refused = Answer(error_body("security_exception", "action [monitor/main]"), status=403)
    with serving(refused) as stub, pytest.raises(ServiceUnavailable, match="monitor"):
        Connection(stub.url)


def test_user_and_password_are_sent():
    settings = IndexSettings("x", username="u", password=Secret("p"))
    with serving(Answer(INFO)) as stub:
        Connection(stub.url, settings)
    sent = stub.asked[0].headers
    assert sent["authorization"] == "Basic " + base64.b64encode(b"u:p").decode()


def test_user_and_password_may_stand_in_the_address():
    """And are not shown."""
    with serving(Answer(INFO)) as stub:
        connection = Connection(stub.url.replace("http://", "http://u:p@"))
    sent = stub.asked[0].headers
    assert sent["authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert "u:p" not in connection.shown


def test_an_api_key_is_sent():
    with serving(Answer(INFO)) as stub:
        Connection(stub.url, IndexSettings("x", api_key=Secret("a2V5")))
    assert stub.asked[0].headers["authorization"] == "ApiKey a2V5"


def test_a_busy_server_is_asked_again():
    answers = iter([Answer({}, status=503), Answer({}, status=429)])
    with serving(lambda _: next(answers, Answer(INFO))) as stub:
        assert Connection(stub.url).version.number == "8.19.9"
        assert len(stub.asked) == 3


def test_pauses_grow_and_end():
    pauses: list[float] = []
    wait = Patience("http://x", 1000.0, sleep=pauses.append).waits()
    assert all(wait() for _ in range(12))
    assert pauses[0] <= 0.1
    assert all(2.5 <= pause <= 5.0 for pause in pauses[-3:])
    assert not Patience("http://x", 0.0, sleep=pauses.append).waits()()


def test_an_address_is_shown_without_its_password():
    assert shown_url("https://me:secret@host:9200") == "https://host:9200"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: (certificate and key, certificate alone)."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, public = folder / "key.pem", folder / "ca.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    place = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", public]
    subprocess.run([openssl, *made, *place], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + public.read_text())
    return both, public


def test_a_ca_file_lets_us_in(certificate):
    with serving(Answer(INFO), certificate[0]) as stub:
        settings = IndexSettings(stub.url, ca_certs=certificate[1])
        assert Connection(stub.url, settings).version.number == "8.19.9"


def test_an_unknown_certificate_is_told(certificate):
    with (
        serving(Answer(INFO), certificate[0]) as stub,
        pytest.raises(ServiceUnavailable, match="POLICY_MATCH_ES_CA_CERTS"),
    ):
        Connection(stub.url, patience=HURRY)


def test_a_file_that_is_no_certificate_is_told(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("not a certificate")
    with pytest.raises(SettingsError, match="PEM"):
        Connection("https://127.0.0.1:1", IndexSettings("x", ca_certs=path), patience=HURRY)


def test_a_ca_file_without_https_is_told(certificate):
    with pytest.raises(SettingsError, match="https"):
        ElasticIndex("http://127.0.0.1:1", settings=IndexSettings("x", ca_certs=certificate[1]))
