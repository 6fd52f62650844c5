# The poise command, for the person who runs the desk: docker build -f infra/docker/operator.Dockerfile .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="poise-operator" org.opencontainers.image.licenses="Apache-2.0"

RUN useradd --system --uid 10001 --no-create-home poise
WORKDIR /app
COPY requirements/operator.lock requirements.lock
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY libs/common libs/common
# What a report is reckoned with and by: domain code, no service is run from here.
COPY services/portfolio services/portfolio
COPY services/signals services/signals
COPY config config
COPY cli cli
ENV PYTHONPATH=/app/libs/common:/app/services/portfolio:/app/services/signals:/app/cli/poise \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER poise
ENTRYPOINT ["python", "-m", "poise.main"]
CMD ["status"]
