"""Refuse the answers that would give a broken project: all at once, each with what to type instead.

A Jinja extension that Cookiecutter loads, see `_extensions` in cookiecutter.json: it runs once all
is answered, before anything is written. Python 3.9 or newer, and what Cookiecutter itself needs.
"""

from __future__ import annotations

import difflib
import keyword
import pkgutil
import re
import sys
import sysconfig
import unicodedata
import zoneinfo
from collections.abc import Iterator

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

DEPENDENCIES = """
allauth amazon_s3_encryption_client_python amqp annotated_types anyio anymail argcomplete asgiref
ast_serialize attr attrs axes azure azure_core azure_identity azure_storage_blob billiard boolean
boolean_py boto3 botocore cachecontrol celery certifi cffi cfgv charset_normalizer click
click_didyoumean click_plugins click_repl colorama colorlog cryptography cssbeautifier cyclonedx
cyclonedx_python_lib dateutil debug_toolbar defusedxml dependency_groups distlib django
django_allauth django_anymail django_axes django_celery_results django_debug_toolbar
django_environ django_ninja django_ox django_permissions_policy django_storages django_stubs
django_stubs_ext djangorestframework djlint dotenv drf_spectacular drf_spectacular_sidecar
editorconfig environ fido2 filelock google google_api_core google_auth google_cloud_core
google_cloud_storage google_crc32c google_resumable_media googleapis_common_protos gunicorn h11
hiredis httpcore httptools httpx humanize identify idna inflection iniconfig isodate jmespath
jsbeautifier json5 jsonschema jsonschema_specifications jwt kombu librt license_expression
markdown_it markdown_it_py mdurl msal msal_extensions msgpack mypy mypy_django_plugin
mypy_extensions mypyc ninja nodeenv nox opentelemetry opentelemetry_api
opentelemetry_exporter_http_transport opentelemetry_exporter_otlp_common
opentelemetry_exporter_otlp_proto_common opentelemetry_exporter_otlp_proto_http
opentelemetry_instrumentation opentelemetry_instrumentation_dbapi
opentelemetry_instrumentation_psycopg opentelemetry_proto opentelemetry_sdk
opentelemetry_semantic_conventions oxpull packageurl packageurl_python packaging
packaging_legacy_version pathspec pip pip_api pip_audit pip_requirements_parser platformdirs
pluggy pre_commit prompt_toolkit proto proto_plus protobuf psycopg psycopg_binary psycopg_pool py
py_serializable pyasn1 pyasn1_modules pycparser pydantic pydantic_core pygments pyjwt pyparsing
pytest pytest_asyncio pytest_django python_dateutil python_discovery python_dotenv pyyaml qrcode
redis referencing regex requests rest_framework rich rpds rpds_py ruff s3_encryption s3transfer
sentry_sdk servestatic six sortedcontainers sqlparse storages tomli tomli_w types_pyyaml
typing_extensions typing_inspection tzdata tzlocal uritemplate urllib3 uvicorn uvicorn_worker
uvloop vine virtualenv watchfiles wcwidth websockets wrapt yaml
"""
PROJECT = """
asgi_serving build config conftest deploy dockerfile docs gunicorn_conf license logs manage media
node_modules noxfile static staticfiles templates tests venv
"""
WINDOWS = "aux con nul prn " + " ".join(f"com{n} lpt{n}" for n in range(1, 10))
STDLIB = getattr(sys, "stdlib_module_names", ()) or {
    module.name
    for module in pkgutil.iter_modules([sysconfig.get_path("stdlib")])  # Python 3.9
}
STDLIB_ELSEWHERE = "annotationlib compression profiling test tomllib"
TAKEN = {
    **dict.fromkeys(DEPENDENCIES.split(), "a package that the project depends on"),
    **dict.fromkeys(PROJECT.split(), "the name of another part of the project"),
    **dict.fromkeys(WINDOWS.split(), "no legal name for a folder on Windows"),
    **dict.fromkeys([*STDLIB, *STDLIB_ELSEWHERE.split()], "a module of Python's standard library"),
    **dict.fromkeys([*keyword.kwlist, *keyword.softkwlist], "a word of the Python language"),
}

AREA = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific"
ZONE = re.compile(rf"UTC|GMT|({AREA})(/[A-Za-z0-9_+-]+)+")
# Debian keeps these names out of its images, and Django does not start with one it cannot find.
RENAMED_ZONES = """
Africa/Asmera=Africa/Asmara America/Argentina/ComodRivadavia=America/Argentina/Catamarca
America/Buenos_Aires=America/Argentina/Buenos_Aires America/Catamarca=America/Argentina/Catamarca
America/Cordoba=America/Argentina/Cordoba America/Fort_Wayne=America/Indiana/Indianapolis
America/Godthab=America/Nuuk America/Indianapolis=America/Indiana/Indianapolis
America/Jujuy=America/Argentina/Jujuy America/Knox_IN=America/Indiana/Knox
America/Louisville=America/Kentucky/Louisville America/Mendoza=America/Argentina/Mendoza
America/Rosario=America/Argentina/Cordoba Antarctica/South_Pole=Pacific/Auckland
Asia/Ashkhabad=Asia/Ashgabat Asia/Calcutta=Asia/Kolkata Asia/Choibalsan=Asia/Ulaanbaatar
Asia/Chungking=Asia/Shanghai Asia/Dacca=Asia/Dhaka Asia/Katmandu=Asia/Kathmandu
Asia/Macao=Asia/Macau Asia/Rangoon=Asia/Yangon Asia/Saigon=Asia/Ho_Chi_Minh Asia/Thimbu=Asia/Thimphu
Asia/Ujung_Pandang=Asia/Makassar Asia/Ulan_Bator=Asia/Ulaanbaatar Atlantic/Faeroe=Atlantic/Faroe
Australia/ACT=Australia/Sydney Australia/LHI=Australia/Lord_Howe Australia/NSW=Australia/Sydney
Australia/North=Australia/Darwin Australia/Queensland=Australia/Brisbane
Australia/South=Australia/Adelaide Australia/Tasmania=Australia/Hobart
Australia/Victoria=Australia/Melbourne Australia/West=Australia/Perth Europe/Kiev=Europe/Kyiv
Europe/Uzhgorod=Europe/Kyiv Europe/Zaporozhye=Europe/Kyiv Pacific/Enderbury=Pacific/Kanton
Pacific/Ponape=Pacific/Pohnpei Pacific/Truk=Pacific/Chuuk US/Alaska=America/Anchorage
US/Arizona=America/Phoenix US/Central=America/Chicago US/Eastern=America/New_York
US/Hawaii=Pacific/Honolulu US/Mountain=America/Denver US/Pacific=America/Los_Angeles
"""
RENAMED = dict(pair.split("=") for pair in RENAMED_ZONES.split())

LONGEST_SLUG = 50
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(r"(?=.{1,253}$)" + LABEL + r"(\." + LABEL + ")*")
MAILBOX = re.compile(r"(?=.{1,64}$)[\w+&'=/~-]+(\.[\w+&'=/~-]+)*", re.ASCII)
BIDIRECTIONAL = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def text_problems(name: str, text: str) -> Iterator[str]:
    """Let any text pass that is one line: quotes, braces, every script and emoji."""
    if any(c in BIDIRECTIONAL or unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text):
        yield f"{text!r} holds a line break or a control character; type it without, on one line"
    elif text != text.strip():
        yield f"{text!r} begins or ends with a space; type {text.strip()!r}"
    elif not text and name in {"project_name", "author_name"}:
        yield "is empty; type at least one character"


def slug_problems(slug: str) -> Iterator[str]:
    """Check for a folder, a Python package and, with hyphens, the name of a distribution."""
    if len(slug) > LONGEST_SLUG or not re.fullmatch("[a-z](_{0,2}[a-z0-9])*", slug):
        words = re.sub("[^a-z0-9]+", "_", slug.lower()).strip("0123456789_")
        valid = words[:LONGEST_SLUG].strip("_") or "my_project"
        yield (
            f"{slug!r} is no package name of at most {LONGEST_SLUG} lower-case letters, digits and "
            f"single underscores, a letter first; type '{valid}{'_site' * (valid in TAKEN)}'"
        )
    elif slug in TAKEN:
        yield f"{slug!r} is {TAKEN[slug]}; type another name, such as '{slug}_site'"


def is_host(text: str) -> bool:
    """Whether it is a host name in lower case, or an IPv4 address."""
    if not HOST.fullmatch(text):
        return False
    if text.rpartition(".")[2].isdigit():
        return len(ipv4 := text.split(".")) == 4 and all(x.isdigit() and int(x) < 256 for x in ipv4)
    return True


def domain_problems(domain: str) -> Iterator[str]:
    """Take a host name only: scheme and port are settings of their own."""
    if not is_host(domain):
        host = domain.lower().rpartition("://")[2].rpartition("@")[2].lstrip("*.")
        labels = re.split("[/:?#]", host)[0].strip(".").split(".")
        valid = ".".join(x if x.isascii() else punycode(x) for x in labels)
        yield (
            f"{domain!r} is no host name in ASCII and lower case, without scheme, port, path or "
            f"wildcard; type {valid if is_host(valid) else 'example.com'!r}"
        )


def punycode(label: str) -> str:
    """Encode one part of a domain name the way that DNS holds it."""
    return "xn--" + unicodedata.normalize("NFC", label).encode("punycode").decode("ascii")


def email_problems(email: str) -> Iterator[str]:
    """Take one plain address, as certificate authorities do."""
    mailbox, _, host = email.rpartition("@")
    if not (MAILBOX.fullmatch(mailbox) and is_host(host.lower())):
        yield f"{email!r} is no e-mail address; type one such as 'you@example.com'"


def timezone_problems(zone: str) -> Iterator[str]:
    """Check the shape alone where this machine has no zone data."""
    known = {z for z in zoneinfo.available_timezones() if ZONE.fullmatch(z)} - {*RENAMED}
    if zone in RENAMED:
        yield f"{zone!r} is a former name; type {RENAMED[zone]!r}"
    elif zone not in known and (known or not ZONE.fullmatch(zone)):
        names = {z.rpartition("/")[2].lower(): z for z in known} | {z.lower(): z for z in known}
        near = difflib.get_close_matches(zone.lower().replace(" ", "_"), names, 3)
        such_as = " or ".join(repr(z) for z in dict.fromkeys(names[n] for n in near))
        yield f"{zone!r} is no IANA time zone; type {such_as or repr('Europe/Berlin')}"


def problems(answers: dict[str, object]) -> Iterator[str]:
    """Give one line for each bad answer, the name of the question first."""
    checks = {
        "project_slug": slug_problems,
        "author_email": email_problems,
        "domain_name": domain_problems,
        "timezone": timezone_problems,
    }
    for name, answer in answers.items():
        if not name.startswith("_"):
            found = list(text_problems(name, str(answer)))
            if not found and name in checks:
                found = list(checks[name](str(answer)))
            yield from (f"- {name}: {problem}" for problem in found)


def checked(answers: dict[str, object]) -> str:
    """Return nothing if a project can be made of the answers.

    Raises FailedHookException, which Cookiecutter prints without a traceback.
    """
    found = list(problems(answers))
    if found:
        text = "\n".join(["No project was made, because of these answers:", *found])
        console = sys.stdout.encoding or "utf-8"  # it may lack what was typed
        raise FailedHookException(text.encode(console, "backslashreplace").decode(console))
    return ""


class AnswerChecks(Extension):
    """Makes the filter `checked` known to cookiecutter.json."""

    def __init__(self, environment: Environment) -> None:
        """Add the filter."""
        super().__init__(environment)
        environment.filters["checked"] = checked
