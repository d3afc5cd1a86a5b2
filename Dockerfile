# consim in a container: built in one image, run in another that holds the program and gnuplot.
#
#   docker build -t consim .
#   docker run --rm -v "$PWD:/work" consim run mine.yaml
#
# Results have the owner of the container's user: add --user "$(id -u):$(id -g)".
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libgmp-dev make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /consim
COPY . .
RUN make build && make install DESTDIR=/installed PREFIX=/usr/local

FROM swift:6.3-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgmp10 gnuplot-nox fonts-dejavu-core \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /installed/ /
# Scenarios, prices and results of the paper, to begin with.
COPY Scenarios /usr/local/share/consim/Scenarios
COPY Results /usr/local/share/consim/Results
WORKDIR /work
ENTRYPOINT ["consim"]
CMD ["--help"]
