# One image, two commands: `docker run siaga api` serves, `docker run siaga worker` runs the jobs.
FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/siaga
COPY requirements-run.lock /
RUN /opt/siaga/bin/pip install --require-hashes --only-binary :all: -r /requirements-run.lock

FROM python:3.11-slim
# The code is read from its folder, so that what lies beside it (models, migrations) comes along.
ENV PATH=/opt/siaga/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    API_HOST=0.0.0.0 API_PORT=8000
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin siaga
COPY --from=packages /opt/siaga /opt/siaga
WORKDIR /app
COPY LICENSE ./
COPY core core
COPY storage storage
COPY api api
COPY jobs jobs
COPY egress egress
COPY migrations migrations
COPY siaga siaga
COPY training training
RUN python -m compileall -q -j 0 /app
USER siaga
EXPOSE 8000
# The API finishes its requests within 25 seconds; give it 30 before it is killed.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "siaga"]
CMD ["api"]
