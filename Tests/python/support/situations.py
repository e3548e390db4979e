"""Situations in which credentials, region and endpoint are looked for.

Each is an environment and two files. botocore and cue-runner are given the same ones; where they
are to choose differently, `why` says so.
"""

import dataclasses

STATIC = "aws_access_key_id = AKIDSTATIC\naws_secret_access_key = static-secret-nobody-may-see\n"
OTHER = "aws_access_key_id = AKIDOTHER\naws_secret_access_key = other-secret-nobody-may-see\n"
ENV = {
    "AWS_ACCESS_KEY_ID": "AKIDENV",
    "AWS_SECRET_ACCESS_KEY": "environment-secret-nobody-may-see",
}
ROLE = "role_arn = arn:aws:iam::123456789012:role/Live\n"
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "{web}", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/CI"}
SSO = (
    "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n"
    "sso_account_id = 123456789012\nsso_role_name = Producer\n"
)
SESSION = (
    "[sso-session studio]\nsso_start_url = https://example.awsapps.com/start\n"
    "sso_region = eu-west-1\n"
)
SSO_SESSION = "sso_session = studio\nsso_account_id = 123456789012\nsso_role_name = Producer\n"
PROCESS = "credential_process = {process}\n"
CONTAINER = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{container}/creds",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token-nobody-may-see-this",
}
HOME_REGION = {"AWS_DEFAULT_REGION": "us-east-1"}
IMDS = {
    "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{instance}",
}


@dataclasses.dataclass
class Situation:
    name: str
    source: str
    """What cue-runner is to choose."""
    config: str = ""
    credentials: str = ""
    env: dict = dataclasses.field(default_factory=dict)
    profile: str | None = None
    region: str | None = None
    key: str | None = None
    """The access key, where it is no random one of STS."""
    why: str | None = None
    """Why botocore chooses another source, or another region."""


def profile(name, *keys):
    return f"[profile {name}]\n" + "".join(keys) + "\n"


SITUATIONS = [
    Situation("nothing at all", "none"),
    Situation("keys in the environment", "environment", env=ENV, key="AKIDENV"),
    Situation(
        "keys with a token", "environment", env=ENV | {"AWS_SESSION_TOKEN": "t"}, key="AKIDENV"
    ),
    Situation(
        "blank keys in the environment", "shared_credentials_file",
        credentials="[default]\n" + STATIC,
        env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, key="AKIDSTATIC",
    ),
    Situation(
        "an id without a secret in the environment", "shared_credentials_file",
        credentials="[default]\n" + STATIC, env={"AWS_ACCESS_KEY_ID": "AKIDENV"}, key="AKIDSTATIC",
        why="botocore stops at half a pair; AWS's newer SDKs go on, and so do we",
    ),
    Situation(
        "the credentials file's default", "shared_credentials_file",
        credentials="[default]\n" + STATIC, key="AKIDSTATIC",
    ),
    Situation(
        "the config file's default", "config_file", config="[default]\n" + STATIC, key="AKIDSTATIC"
    ),
    Situation(
        "both files have the default", "shared_credentials_file", config="[default]\n" + OTHER,
        credentials="[default]\n" + STATIC, key="AKIDSTATIC",
    ),
    Situation(
        "AWS_PROFILE", "shared_credentials_file",
        credentials="[default]\n" + OTHER + "[live]\n" + STATIC, env={"AWS_PROFILE": "live"},
        key="AKIDSTATIC",
    ),
    Situation(
        "AWS_DEFAULT_PROFILE before AWS_PROFILE", "shared_credentials_file",
        credentials="[a]\n" + OTHER + "[b]\n" + STATIC,
        env={"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}, key="AKIDSTATIC",
    ),
    Situation(
        "keys in the environment beat AWS_PROFILE", "environment",
        credentials="[live]\n" + STATIC, env=ENV | {"AWS_PROFILE": "live"}, key="AKIDENV",
    ),
    Situation(
        "--profile beats keys in the environment", "shared_credentials_file",
        credentials="[live]\n" + STATIC, env=ENV, profile="live", key="AKIDSTATIC",
    ),
    Situation(
        "--profile beats AWS_PROFILE", "shared_credentials_file",
        credentials="[a]\n" + OTHER + "[b]\n" + STATIC, env={"AWS_PROFILE": "a"}, profile="b",
        key="AKIDSTATIC",
    ),
    Situation("a profile that is not there", "error", credentials="[a]\n" + OTHER, profile="b"),
    Situation(
        "AWS_PROFILE that is not there, with keys", "error", env=ENV | {"AWS_PROFILE": "gone"}
    ),
    Situation(
        "a profile without keys, and nothing else", "none",
        config=profile("live", "region = x-1\n"), profile="live", region="x-1",
    ),
    Situation(
        "a profile without keys in a container", "container",
        config=profile("live", "region = eu-west-1\n"), env=CONTAINER, profile="live",
        region="eu-west-1", key="AKIDTASK",
    ),
    Situation(
        "half a key in a profile", "error", credentials="[a]\naws_access_key_id = X\n", profile="a"
    ),
    Situation(
        "a role with a source profile", "assume_role", region="us-east-1", env=HOME_REGION,
        config=profile("live", ROLE, "source_profile = base\n") + profile("base", STATIC),
        profile="live",
    ),
    Situation(
        "a role, and no region", "assume_role",
        config=profile("live", ROLE, "source_profile = base\n") + profile("base", STATIC),
        profile="live",
        why="botocore asks STS only once a region is configured; here a channel's region, or "
        "us-east-1, serves as well",
    ),
    Situation(
        "a role whose source is itself", "assume_role", region="us-east-1", env=HOME_REGION,
        config=profile("live", ROLE, "source_profile = live\n", STATIC), profile="live",
    ),
    Situation(
        "a chain of three profiles", "assume_role", region="us-east-1", env=HOME_REGION,
        config=profile("a", ROLE, "source_profile = b\n")
        + profile("b", ROLE, "source_profile = c\n") + profile("c", STATIC), profile="a",
    ),
    Situation(
        "a chain ends at a profile with keys and a role", "assume_role", region="us-east-1",
        env=HOME_REGION,
        config=profile("a", ROLE, "source_profile = b\n")
        + profile("b", ROLE, "source_profile = a\n", STATIC), profile="a",
    ),
    Situation(
        "a circle of profiles", "error",
        config=profile("a", ROLE, "source_profile = b\n")
        + profile("b", ROLE, "source_profile = a\n"), profile="a",
    ),
    Situation(
        "a source profile that is not there", "error",
        config=profile("a", ROLE, "source_profile = b\n"), profile="a",
    ),
    Situation(
        "a source profile without credentials", "error",
        config=profile("a", ROLE, "source_profile = b\n") + profile("b", "region = x\n"),
        profile="a",
    ),
    Situation("a role without a source", "error", config=profile("a", ROLE), profile="a"),
    Situation(
        "a role with two kinds of source", "error",
        config=profile(
            "a", ROLE, "source_profile = b\ncredential_source = Environment\n"
        ) + profile("b", STATIC), env=ENV, profile="a",
    ),
    Situation(
        "credential_source Environment", "assume_role", region="us-east-1",
        config=profile("a", ROLE, "credential_source = Environment\n"), env=ENV | HOME_REGION,
        profile="a",
    ),
    Situation(
        "credential_source Environment without keys", "error",
        config=profile("a", ROLE, "credential_source = Environment\n"), profile="a",
    ),
    Situation(
        "credential_source EcsContainer", "assume_role", region="us-east-1",
        config=profile("a", ROLE, "credential_source = EcsContainer\n"),
        env=CONTAINER | HOME_REGION, profile="a",
    ),
    Situation(
        "credential_source Ec2InstanceMetadata", "assume_role", region="us-east-1",
        config=profile("a", ROLE, "credential_source = Ec2InstanceMetadata\n"),
        env=IMDS | HOME_REGION, profile="a",
    ),
    Situation(
        "a credential_source that is none", "error",
        config=profile("a", ROLE, "credential_source = Moon\n"), profile="a",
    ),
    Situation(
        "a role in AWS_PROFILE, keys in the environment", "environment",
        config=profile("a", ROLE, "source_profile = b\n") + profile("b", STATIC),
        env=ENV | {"AWS_PROFILE": "a"}, key="AKIDENV",
    ),
    Situation("web identity of the environment", "web_identity", env=WEB),
    Situation(
        "web identity without a role", "error", env={"AWS_WEB_IDENTITY_TOKEN_FILE": "{web}"}
    ),
    Situation(
        "web identity without its file", "error",
        env=WEB | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"},
    ),
    Situation(
        "web identity and the default profile's keys", "web_identity",
        credentials="[default]\n" + STATIC, env=WEB,
    ),
    Situation(
        "web identity and a role in AWS_PROFILE", "web_identity",
        config=profile("a", ROLE, "source_profile = b\n") + profile("b", STATIC),
        env=WEB | {"AWS_PROFILE": "a"},
        why="the environment's own credentials come first here, whatever AWS_PROFILE says",
    ),
    Situation(
        "--profile beats web identity of the environment", "shared_credentials_file",
        credentials="[a]\n" + STATIC, env=WEB, profile="a", key="AKIDSTATIC",
    ),
    Situation(
        "web identity of a profile", "web_identity",
        config=profile("a", ROLE, "web_identity_token_file = {web}\n"), profile="a",
    ),
    Situation(
        "web identity of a source profile", "assume_role", region="us-east-1", env=HOME_REGION,
        config=profile("a", ROLE, "source_profile = b\n")
        + profile("b", ROLE, "web_identity_token_file = {web}\n"), profile="a",
    ),
    Situation(
        "SSO with a session", "sso", config=profile("a", SSO_SESSION) + SESSION, profile="a",
        key="AKIDSSO",
    ),
    Situation("SSO without a session", "sso", config=profile("a", SSO), profile="a", key="AKIDSSO"),
    Situation(
        "SSO in AWS_PROFILE, with static keys in it", "sso",
        config=profile("a", SSO_SESSION, STATIC) + SESSION, env={"AWS_PROFILE": "a"}, key="AKIDSSO",
    ),
    Situation(
        "SSO as a source profile", "assume_role", region="us-east-1", env=HOME_REGION,
        config=profile("a", ROLE, "source_profile = b\n") + profile("b", SSO_SESSION) + SESSION,
        profile="a",
    ),
    Situation(
        "SSO with a session that is not there", "error", config=profile("a", SSO_SESSION),
        profile="a",
    ),
    Situation(
        "SSO with something missing", "error", config=profile("a", "sso_account_id = 1\n"),
        profile="a",
    ),
    Situation("a process", "process", config=profile("a", PROCESS), profile="a", key="AKIDPROCESS"),
    Situation(
        "a process and keys in the config file", "process", config=profile("a", PROCESS, STATIC),
        profile="a", key="AKIDPROCESS",
    ),
    Situation(
        "a process and keys in the credentials file", "shared_credentials_file",
        config=profile("a", PROCESS), credentials="[a]\n" + STATIC, profile="a", key="AKIDSTATIC",
    ),
    Situation(
        "a process that fails", "error", config=profile("a", "credential_process = false\n"),
        profile="a",
    ),
    Situation(
        "a process as a source profile", "assume_role", region="us-east-1", env=HOME_REGION,
        config=profile("a", ROLE, "source_profile = b\n") + profile("b", PROCESS), profile="a",
    ),
    Situation("a container", "container", env=CONTAINER, key="AKIDTASK"),
    Situation(
        "a container behind the default profile", "shared_credentials_file",
        credentials="[default]\n" + STATIC, env=CONTAINER, key="AKIDSTATIC",
    ),
    Situation("keys before a container", "environment", env=ENV | CONTAINER, key="AKIDENV"),
    Situation(
        "a container on a strange host", "error",
        env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/creds"},
    ),
    Situation("an instance", "instance", env=IMDS, key="AKIDINSTANCE"),
    Situation("a container before an instance", "container", env=IMDS | CONTAINER, key="AKIDTASK"),
    Situation(
        "an instance, turned off", "none", env=IMDS | {"AWS_EC2_METADATA_DISABLED": "True"}
    ),
    Situation(
        "an instance's endpoint in the profile", "instance",
        config="[default]\nec2_metadata_service_endpoint = {instance}\n",
        env={"AWS_EC2_METADATA_DISABLED": "false"}, key="AKIDINSTANCE",
    ),
    Situation(
        "a comment behind a value", "shared_credentials_file",
        credentials="[default]\n" + STATIC.replace("STATIC\n", "STATIC # of the show\n"),
        key="AKIDSTATIC",
        why="botocore takes the comment for a part of the key; AWS's file format does not",
    ),
    Situation(
        "a config file that can't be read", "error", config="[profile a]\nnonsense\n", env=ENV,
    ),
    # Regions.
    Situation(
        "AWS_DEFAULT_REGION", "environment", env=ENV | {"AWS_DEFAULT_REGION": "eu-west-1"},
        region="eu-west-1", key="AKIDENV",
    ),
    Situation(
        "AWS_REGION", "environment", env=ENV | {"AWS_REGION": "eu-west-1"}, region="eu-west-1",
        key="AKIDENV", why="botocore reads AWS_DEFAULT_REGION alone; the CLI's version 2 and the "
        "other SDKs read AWS_REGION",
    ),
    Situation(
        "both regions", "environment",
        env=ENV | {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"},
        region="eu-west-1", key="AKIDENV",
        why="botocore reads AWS_DEFAULT_REGION alone",
    ),
    Situation(
        "the default profile's region", "environment", config="[default]\nregion = ap-south-1\n",
        env=ENV, region="ap-south-1", key="AKIDENV",
    ),
    Situation(
        "the profile's region", "config_file",
        config="[default]\nregion = ap-south-1\n" + profile("a", STATIC, "region = us-west-2\n"),
        profile="a", region="us-west-2", key="AKIDSTATIC",
    ),
    Situation(
        "a variable before the profile's region", "config_file",
        config=profile("a", STATIC, "region = us-west-2\n"), profile="a",
        env={"AWS_DEFAULT_REGION": "eu-central-1"}, region="eu-central-1", key="AKIDSTATIC",
    ),
    Situation(
        "the region in the credentials file", "shared_credentials_file",
        credentials="[a]\n" + STATIC + "region = us-west-2\n", profile="a", region="us-west-2",
        key="AKIDSTATIC",
    ),
    Situation(
        "the other profile's region is not ours", "shared_credentials_file",
        config="[default]\nregion = us-east-1\n", credentials="[a]\n" + STATIC, profile="a",
        key="AKIDSTATIC",
    ),
]


@dataclasses.dataclass
class Address:
    """Where IVS's API is sought, in a region."""

    name: str
    region: str = "us-west-2"
    config: str = ""
    env: dict = dataclasses.field(default_factory=dict)
    option: str | None = None


LOCAL = "[default]\nservices = local\nendpoint_url = http://127.0.0.1:1003\n[services local]\n" + (
    "ivs =\n  endpoint_url = http://127.0.0.1:1004\n"
)
IVS_URL = {"AWS_ENDPOINT_URL_IVS": "http://127.0.0.1:1001"}
ANY_URL = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1002"}
IGNORE = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
DUAL = {"AWS_USE_DUALSTACK_ENDPOINT": "true"}
FIPS = {"AWS_USE_FIPS_ENDPOINT": "true"}

ADDRESSES = [
    Address("commercial"),
    Address("China", "cn-north-1"),
    Address("GovCloud", "us-gov-west-1"),
    Address("Europe's own", "eusc-de-east-1"),
    Address("iso", "us-iso-east-1"),
    Address("iso-b", "us-isob-east-1"),
    Address("iso-e", "eu-isoe-west-1"),
    Address("iso-f", "us-isof-south-1"),
    Address("dual stack", env=DUAL),
    Address("FIPS", env=FIPS),
    Address("both", env=DUAL | FIPS),
    Address("dual stack of the profile", config="[default]\nuse_dualstack_endpoint = true\n"),
    Address("FIPS of the profile", config="[default]\nuse_fips_endpoint = TRUE\n"),
    Address("dual stack in China", "cn-northwest-1", env=DUAL),
    Address("the option", env=IVS_URL | ANY_URL, config=LOCAL, option="http://127.0.0.1:1000"),
    Address("IVS's variable", env=IVS_URL | ANY_URL, config=LOCAL),
    Address("the general variable", env=ANY_URL, config=LOCAL),
    Address("the services section", config=LOCAL),
    Address("the profile", config=LOCAL.replace("services = local\n", "")),
    Address("the ignored variables", env=IVS_URL | ANY_URL | IGNORE, config=LOCAL),
    Address(
        "the ignored variables, by the profile", env=IVS_URL,
        config="[default]\nignore_configured_endpoint_urls = true\n",
    ),
    Address("the option is never ignored", env=IGNORE, option="http://127.0.0.1:1000"),
    Address("an override and FIPS", env=IVS_URL | FIPS),
]
